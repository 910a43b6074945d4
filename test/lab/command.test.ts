import { describe, expect, it } from 'vitest'

import { CommandError, execute, run } from '#lab/command.ts'

describe('execute', () => {
  it('returns both outputs and the exit status, whatever it is', async () => {
    const result = await execute(['sh', '-c', 'echo out; echo err >&2; exit 3'])
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 3, signal: null })
  })

  it('feeds standard input', async () => {
    expect((await execute(['cat'], { stdin: 'hello' })).stdout).toBe('hello')
  })

  it('rejects when the program is not there, naming it', async () => {
    await expect(execute(['no-such-program', 'x'])).rejects.toThrow(
      'no-such-program x: spawn no-such-program ENOENT',
    )
  })

  it('kills what outlives its time', async () => {
    await expect(execute(['sleep', '60'], { timeout: 20 })).rejects.toThrow('sleep 60: not done after 20 ms')
  })
})

describe('run', () => {
  it('returns what was printed', async () => {
    expect(await run(['echo', 'hello'])).toBe('hello\n')
  })

  it('rejects with command, exit status and what the program said', async () => {
    const failure = run(['sh', '-c', 'echo no such route >&2; exit 2'])
    await expect(failure).rejects.toThrow(
      'sh -c echo no such route >&2; exit 2: exit status 2: no such route',
    )
    await expect(failure).rejects.toBeInstanceOf(CommandError)
  })

  it('tells a signal from an exit status', async () => {
    await expect(run(['sh', '-c', 'kill -9 $$'])).rejects.toThrow('killed by SIGKILL')
  })
})
