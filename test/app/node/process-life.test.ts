/* How a process ends: when it is told to, and when something fails that nobody expected. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { bundleProgram, type Program } from '../../system/program.ts'

/** Each signal plants a fault, in the middle of whatever the process does. */
const planted = `
process.on('SIGUSR2', () => void Promise.reject(new Error('planted rejection')))
process.on('SIGWINCH', () => { throw new Error('planted exception') })
process.on('SIGPWR', () => { process.on('exit', () => {}); setInterval(() => { throw new Error('again') }, 1) })`
const preload = `--import=data:text/javascript,${encodeURIComponent(planted)}`

describe('a process', () => {
  let program: Program
  let folder: string
  let child: ChildProcess
  let said: string

  beforeAll(async () => {
    program = await bundleProgram()
  }, 60_000)
  afterAll(() => program.remove())

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'herald-ending-'))
    said = ''
    const off = ['--metrics-address=off', '--status-address=off', '--heartbeat-port=17473']
    child = spawn(process.execPath, [preload, program.script, 'standalone', folder, ...off])
    child.stderr?.on('data', (text: Buffer) => (said += text.toString()))
    while (!said.includes('"started"')) await once(child.stderr ?? child, 'data')
  })
  afterEach(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['SIGUSR2', 'planted rejection'],
    ['SIGWINCH', 'planted exception'],
  ] as const)(
    'in which something fails that nobody expected says so in one line, ends in good order, and with status 1: %s',
    async (signal, what) => {
      child.kill(signal)
      const [status] = await once(child, 'exit')
      const lines = said
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, string>)
      const fault = lines.find(({ level }) => level === 'error')
      expect(fault).toMatchObject({ msg: 'unexpected fault, ending' })
      expect(fault?.['cause']).toMatch(new RegExp(`^Error: ${what}\n +at `))
      expect(kept(), 'the right to allocate is given back').toContain('"state": "released"')
      expect(status).toBe(1)
    },
  )

  it('ends so, with status 0, when it is told to: by SIGQUIT as well', async () => {
    child.kill('SIGQUIT')
    const [status] = await once(child, 'exit')
    expect(kept()).toContain('"state": "released"')
    expect([status, said]).toEqual([0, expect.not.stringContaining('unexpected')])
  })

  function kept(): string {
    const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))
    return files
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'utf8'))
      .join('')
  }

  it('that fails again waits for nothing more', async () => {
    child.kill('SIGPWR')
    const [status] = await once(child, 'exit')
    expect(said.match(/unexpected fault, ending/g)?.length).toBe(2)
    expect(status).toBe(1)
  })
})
