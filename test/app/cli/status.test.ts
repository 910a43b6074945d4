import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { load } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { folderAt, pageAt, status, type StatusPlace } from '#app/cli/status.ts'
import type { StatusSource } from '#app/status-page/source.ts'
import { StatusServer } from '#app/status-page/status-server.ts'
import type { NodeView } from '#app/node/view/node-view.ts'
import { ViewFile } from '#app/node/view/view-file.ts'
import { sampleView } from '../node/view/sample-view.ts'

let folder: string
let stateFolder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-status-'))
  stateFolder = join(folder, '.herald')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (view: NodeView) => {
  const failed = (cause: unknown): void => {
    throw cause
  }
  return new ViewFile({ stateFolder, node: view.node, unique: 'x', failed }).put(view)
}

async function run(
  output: 'text' | 'wide' | 'json' | 'yaml' = 'text',
  place: StatusPlace = folderAt(folder, stateFolder),
) {
  let [out, err] = ['', '']
  const terminal = {
    stdin: Readable.from([]),
    isTTY: false,
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  }
  return { code: await status(place, output, terminal), out, err }
}

describe('herald status', () => {
  it('says when nobody has written anything', async () => {
    expect(await run()).toEqual({
      code: 1,
      out: '',
      err: `herald status: ${stateFolder}: no process has written its view here\n`,
    })
  })

  it('prints what each process wrote, for people and for programs', async () => {
    await write(sampleView())
    await write(sampleView({ node: 'node-b', role: 'following' }))
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(out).toContain('node-b  following')
    const document = JSON.parse((await run('json')).out) as unknown
    expect(document).toEqual({
      apiVersion: 'heraldlb.io/v1alpha1',
      kind: 'Status',
      nodes: [sampleView(), sampleView({ node: 'node-b', role: 'following' })],
    })
    expect(load((await run('yaml')).out)).toEqual(document)
  })

  it('ends with 1 when something is wrong with a process that has not stopped', async () => {
    const problem = { object: 'Service a/b', field: '', reason: 'WrongType', message: 'm' } as const
    await write(sampleView({ problems: [problem] }))
    expect((await run()).code).toBe(1)
    await write(sampleView({ readiness: { ready: false, reasons: ['x'] } }))
    expect((await run()).code).toBe(1)
    await write(sampleView({ readiness: { ready: false, reasons: ['x'] }, role: 'stopped' }))
    expect((await run()).code).toBe(0)
  })

  it('tells since when, and what moved, to those who ask for more', async () => {
    const [announcement] = sampleView().announcements
    const since = '2026-11-28T08:00:00.000Z'
    const move = { ...sampleView().owners[0]!, at: since, from: 'node-b', to: 'node-a' }
    await write(sampleView({ announcements: [{ ...announcement!, since }], moves: [move] }))
    const { out } = await run('wide')
    expect(out).toContain('192.0.2.1  node-a  l2         serving  2026-11-28T08:00:00.000Z  eth0')
    expect(out).toContain('lan   2            16    0            18446744073709551616')
    expect(out).toMatch(/^2026-11-28T08:00:00.000Z  192.0.2.1  default\/web  node-b  node-a  Elected$/m)
    expect((await run()).out).not.toContain(since)
  })
})

describe('herald status of a page', () => {
  const views = [sampleView(), sampleView({ node: 'node-b', role: 'following' })]
  const source: StatusSource = {
    own: () => views[0],
    views: async () => views,
    explain: () => undefined,
    onChange: () => () => undefined,
  }

  it('prints the same as on the folder', async () => {
    for (const view of views) await write(view)
    const server = new StatusServer(source)
    const { host, port } = await server.listen({ host: '127.0.0.1', port: 0 })
    try {
      const page = pageAt(`http://${host}:${port}`)
      expect(await run('text', page)).toEqual(await run())
      expect(await run('json', page)).toEqual(await run('json'))
    } finally {
      await server.close()
    }
  })

  it('says why there is no answer', async () => {
    const { code, err } = await run('text', pageAt('http://127.0.0.1:1'))
    expect(code).toBe(1)
    expect(err).toMatch(/^herald status: http:\/\/127.0.0.1:1: no answer: .*ECONNREFUSED|bad port/)
  })
})
