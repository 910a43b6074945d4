import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { load } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { status } from '#app/cli/status.ts'
import type { OutputFormat } from '#app/cli/output.ts'
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

async function run(output: OutputFormat = 'text') {
  let [out, err] = ['', '']
  const terminal = {
    stdin: Readable.from([]),
    isTTY: false,
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  }
  return { code: await status(stateFolder, output, terminal), out, err }
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
})
