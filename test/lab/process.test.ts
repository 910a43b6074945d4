import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

import { LabProcess } from '#lab/process.ts'
import { until } from '#lab/until.ts'

const started: LabProcess[] = []

function shell(script: string, log?: string): LabProcess {
  const process = new LabProcess(['sh', '-c', script], {
    name: 'the shell',
    ...(log === undefined ? {} : { log }),
  })
  started.push(process)
  return process
}

/** The kernel's letter: R running, S sleeping, T stopped. */
const stateOf = (process: LabProcess): string | undefined =>
  readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ')[1]?.[0]

afterEach(async () => {
  for (const process of started.splice(0)) {
    process.kill()
    await process.exited
  }
})

describe('output', () => {
  it('of both streams is kept line by line, in memory and in the log', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'herald-test-'))
    try {
      const process = shell('echo one; echo two >&2; printf three', join(directory, 'log'))
      await process.exited
      expect([...process.lines].sort()).toEqual(['one', 'three', 'two'])
      expect(readFileSync(join(directory, 'log'), 'utf8').split('\n').sort()).toEqual([
        '',
        'one',
        'three',
        'two',
      ])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('can be waited for, also when it came before', async () => {
    const process = shell('echo ready; exec sleep 60')
    expect(await process.waitForLine(/^ready$/)).toBe('ready')
    expect(await process.waitForLine(/ea/)).toBe('ready')
  })

  it('that never comes is an error as soon as the process ends, with what it did print', async () => {
    await expect(shell('echo sorry; exit 1').waitForLine(/ready/)).rejects.toThrow(
      'the shell ended without printing /ready/; it printed:\nsorry',
    )
  })
})

describe('ends', () => {
  it('report exit status or signal', async () => {
    expect(await shell('exit 4').exited).toEqual({ code: 4, signal: null })
    const process = shell('exec sleep 60')
    process.kill('SIGKILL')
    expect(await process.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(process.running).toBe(false)
  })

  it('stop asks first', async () => {
    const process = shell('trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done')
    await process.waitForLine(/ready/)
    expect(await process.stop()).toEqual({ code: 7, signal: null })
  })

  it('stop kills what does not heed', async () => {
    const process = shell('trap "" TERM; echo ready; while :; do sleep 0.01; done')
    await process.waitForLine(/ready/)
    expect(await process.stop(10)).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('of a program that is not there has the reason in its output', async () => {
    const process = new LabProcess(['no-such-program'], { name: 'nobody' })
    await process.exited
    expect(process.output).toContain('ENOENT')
    expect(() => process.pid).toThrow('nobody: was never started')
  })
})

it('freeze stops a process where it is, thaw lets it go on, and a frozen one can be stopped', async () => {
  const process = shell('exec sleep 60')
  process.freeze()
  await until('the process to stand still', () => stateOf(process) === 'T')
  process.thaw()
  await until('the process to go on', () => stateOf(process) === 'S')
  process.freeze()
  expect(await process.stop()).toEqual({ code: null, signal: 'SIGTERM' })
})
