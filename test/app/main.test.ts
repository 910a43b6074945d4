/* The program as people start it: what it prints, where, and how it ends. */
import { spawnSync } from 'node:child_process'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { bundleProgram, type Program } from '../system/program.ts'

let program: Program
beforeAll(async () => {
  program = await bundleProgram()
}, 60_000)
afterAll(() => program.remove())

function herald(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program.script, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('herald', () => {
  it('tells its version and its commands', () => {
    expect(herald('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    const { status, stdout } = herald('--help')
    expect(status).toBe(0)
    for (const command of ['standalone', 'status', 'plan', 'explain', 'validate', 'lab']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
  }, 60_000)

  it.each([
    [['frobnicate'], "error: unknown command 'frobnicate'"],
    [['standalone'], "error: missing required argument 'dir'"],
    [['standalone', '/nonexistent'], 'There is no such folder.'],
    [['plan', '-f', '-', '--frobnicate'], "error: unknown option '--frobnicate'"],
  ])(
    'ends %j with status 2 and the reason on stderr',
    (args, reason) => {
      const { status, stdout, stderr } = herald(...args)
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(stderr).toContain(reason)
    },
    60_000,
  )
})
