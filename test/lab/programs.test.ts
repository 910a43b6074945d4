import { afterEach, expect, it, vi } from 'vitest'

import { locateProgram, programEnvironment } from '#lab/programs.ts'

afterEach(() => vi.unstubAllEnvs())

it('programs are found on the PATH', () => {
  expect(locateProgram('sh')).toMatch(/^\/.*\/sh$/)
  expect(locateProgram('no-such-program')).toBeUndefined()
})

it("daemons are found although a plain user's PATH leaves their directories out", () => {
  vi.stubEnv('PATH', '/usr/bin:/bin')
  expect(programEnvironment()['PATH']).toMatch(/^\/usr\/bin:\/bin:\/usr\/sbin:\/sbin:.*:\/usr\/lib\/frr/)
})

it('a program gets what this process has, and more', () => {
  vi.stubEnv('HERALD_TEST', 'one')
  expect(programEnvironment({ MORE: 'two' })).toMatchObject({ HERALD_TEST: 'one', MORE: 'two' })
})
