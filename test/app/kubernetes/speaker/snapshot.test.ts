import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  SnapshotFile,
  type SnapshotContent,
  type SnapshotFileOptions,
} from '#app/kubernetes/speaker/snapshot.ts'

const key = (text: string): Uint8Array => new TextEncoder().encode(text.padEnd(32, '.'))

const content: readonly SnapshotContent[] = [
  {
    kind: 'secret',
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tor' },
      keys: ['password'],
      revision: '1',
    },
    data: { password: Buffer.from('correct horse').toString('base64') },
  },
  ...Array.from({ length: 1200 }, (_, index): SnapshotContent => ({
    kind: 'node',
    object: { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${index}` } },
  })),
]

describe('the snapshot of a speaker', () => {
  let folder: string
  const file = (change: Partial<SnapshotFileOptions> = {}): SnapshotFile =>
    new SnapshotFile({
      folder: join(folder, 'state'),
      node: 'node1',
      namespace: 'metallb-system',
      heartbeatKeys: [key('a')],
      ...change,
    })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-snapshot-'))
  })

  afterEach(() => rm(folder, { recursive: true }))

  it('is read as it was written', async () => {
    await file().write(content)
    expect(await file().read()).toEqual(content)
  })

  it('is nothing where none was written', async () => {
    expect(await file().read()).toBeUndefined()
  })

  it('shows no secret to whoever reads the file alone', async () => {
    await file().write(content)
    const bytes = await readFile(file().path)
    const body = bytes.subarray(bytes.indexOf('\n') + 1)
    expect(bytes.includes(Buffer.from('correct horse').toString('base64'))).toBe(false)
    expect(() => gunzipSync(body.subarray(12, -16))).toThrow()
  })

  it('opens with a key that has been replaced, as long as it is among the keys', async () => {
    await file({ heartbeatKeys: [key('old')] }).write(content)
    expect(await file({ heartbeatKeys: [key('new'), key('old')] }).read()).toHaveLength(content.length)
    await expect(file({ heartbeatKeys: [key('new')] }).read()).rejects.toThrow('another heartbeat key')
  })

  /** The file as another version would have written it. */
  async function rewritten(header: object): Promise<void> {
    await file().write(content)
    const bytes = await readFile(file().path)
    const end = bytes.indexOf('\n')
    const own = JSON.parse(bytes.subarray(0, end).toString()) as object
    await writeFile(
      file().path,
      Buffer.concat([Buffer.from(JSON.stringify({ ...own, ...header })), bytes.subarray(end)]),
    )
  }

  it('of a version that was rolled back from is read, as long as that says it can be', async () => {
    await rewritten({ format: 9, since: 1 })
    expect(await file().read()).toEqual(content)
    await rewritten({ format: 9, since: 2 })
    await expect(file().read()).rejects.toThrow(
      'found format 9, for readers of 2 and later; allowed: 1 to 1; another version of Herald wrote it',
    )
  })

  it('of the version before, which did not say who may read it, is read after an upgrade', async () => {
    await rewritten({ format: 1, since: undefined })
    expect(await file().read()).toEqual(content)
    await rewritten({ format: 0, since: undefined })
    await expect(file().read()).rejects.toThrow('found format 0; allowed: 1 to 1')
  })

  it('of another node or namespace, or that is no snapshot, is refused', async () => {
    await file().write(content)
    await expect(file({ node: 'node2' }).read()).rejects.toThrow('found node node1, allowed: node2')
    await expect(file({ namespace: 'other' }).read()).rejects.toThrow(
      'found namespace metallb-system, allowed: other',
    )
    await writeFile(file().path, 'hello\n')
    await expect(file().read()).rejects.toThrow('allowed: a snapshot of a speaker')
  })

  it('that is cut short is refused', async () => {
    await file().write(content)
    const bytes = await readFile(file().path)
    await writeFile(file().path, bytes.subarray(0, bytes.length - 20))
    await expect(file().read()).rejects.toThrow('it is damaged')
  })
})
