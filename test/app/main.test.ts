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

  it('ends quietly when its reader has seen enough', () => {
    const pool = (name: number) =>
      `---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p${name}}\nspec: {addresses: [none]}\n`
    const input = Array.from({ length: 4000 }, (_, index) => pool(index)).join('')
    const line = '"$0" "$1" validate -f - | head -c 1'
    const { stdout, stderr } = spawnSync('sh', ['-c', line, process.execPath, program.script], {
      input,
      encoding: 'utf8',
    })
    expect(stdout).toHaveLength(1)
    expect(stderr).not.toContain('EPIPE')
  }, 60_000)
})
