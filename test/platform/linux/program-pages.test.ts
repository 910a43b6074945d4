import { readFileSync, readlinkSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { cleanMappings, forgetProgramPages } from '#platform/linux/program-pages.ts'

const program = '/usr/bin/node'

function smaps(...parts: string[]): Buffer {
  return Buffer.from(parts.join(''))
}

function mapping(permissions: string, { anonymous = 0, swap = 0, file = program } = {}): string {
  const end = file === '' ? '' : ` ${file}`
  return `00400000-00b6f000 ${permissions} 00000000 fe:00 2383${end}
Size:               7612 kB
Rss:                6716 kB
Anonymous:      ${String(anonymous).padStart(8)} kB
Swap:           ${String(swap).padStart(8)} kB
VmFlags: rd mr mw me sd
`
}

describe('pages of the program', () => {
  it('are those of its file that are only read and executed', () => {
    const all = smaps(mapping('r--p'), mapping('r-xp'), mapping('rw-p'), mapping('rw-p', { file: '' }))
    const whole = { start: 0x400000, length: 0x76f000 }
    expect(cleanMappings(all, program)).toEqual([whole, whole])
  })

  it('are not those of another file', () => {
    expect(cleanMappings(smaps(mapping('r-xp', { file: `${program}.so` })), program)).toEqual([])
  })

  it('are not those that were written to before they became read-only, wherever that is kept', () => {
    expect(cleanMappings(smaps(mapping('r--p', { anonymous: 8 })), program)).toEqual([])
    expect(cleanMappings(smaps(mapping('r--p', { swap: 4 })), program)).toEqual([])
  })

  it('are not those of which the kernel does not say so', () => {
    expect(cleanMappings(smaps(mapping('r-xp').replace(/^Swap.*\n/m, '')), program)).toEqual([])
  })

  it('are forgotten, and the process goes on', async () => {
    const before = residentInFile()
    expect(before).toBeGreaterThan(10_000)
    await forgetProgramPages()
    expect(residentInFile()).toBeLessThan(before * 0.75)
    expect(new Intl.DateTimeFormat('de', { month: 'long' }).format(new Date(0))).toBe('Januar')
  })
})

/** In kB, of this process's program. */
function residentInFile(): number {
  const file = readlinkSync('/proc/self/exe')
  const parts = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  const own = parts.filter((part) => part.split('\n', 1)[0]?.endsWith(` ${file}`))
  return own.reduce((sum, part) => sum + Number(/^Rss: +(\d+) kB$/m.exec(part)?.[1]), 0)
}
