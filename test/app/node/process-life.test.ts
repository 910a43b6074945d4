/* How a process ends: when it is told to, and when something fails that nobody expected. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { bundleProgram, type Program } from '../../system/program.ts'
import { eventually } from '../eventually.ts'
import { freePort } from '../free-port.ts'

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
    const off = ['--metrics-address=off', '--status-address=off', `--heartbeat-port=${await freePort()}`]
    child = spawn(process.execPath, [preload, program.script, 'standalone', folder, ...off])
    child.stderr?.on('data', (text: Buffer) => (said += text.toString()))
    await eventually(() => {
      expect(child.exitCode, said).toBeNull()
      expect(said).toContain('"started"')
    })
  }, 30_000)
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
      const [status] = await once(child, 'close')
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
    const [status] = await once(child, 'close')
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

  it('that fails once while it is stopping, as it was told to, still does so in good order', async () => {
    child.kill('SIGTERM')
    child.kill('SIGUSR2')
    const [status] = await once(child, 'close')
    expect(kept(), said).toContain('"state": "released"')
    expect([status, said]).toEqual([1, expect.stringContaining('planted rejection')])
  })

  it('that fails again waits for nothing more', async () => {
    child.kill('SIGPWR')
    const [status] = await once(child, 'close')
    expect(said.match(/unexpected fault, ending/g)?.length).toBe(2)
    expect(status).toBe(1)
  })
})
