import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  accept,
  acceptIfIn,
  assemble,
  drop,
  loadWord,
  MAX_INSTRUCTIONS,
  require,
  requireBelow,
  when,
  wordRanges,
} from '#platform/linux/bpf.ts'
import { accepts, steps } from './bpf-interpreter.ts'

const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer).reverse()
const u32 = fc.integer({ min: 0, max: 0xffffffff })

describe('BPF programs', () => {
  it('accept exactly the words of an exact set, scattered or in rows', () => {
    const rows = fc
      .array(fc.tuple(u32, fc.integer({ min: 1, max: 40 })), { maxLength: 60 })
      .map((starts) =>
        starts.flatMap(([start, length]) => Array.from({ length }, (_, i) => (start + i) >>> 0)),
      )
    fc.assert(
      fc.property(fc.uniqueArray(u32, { maxLength: 700 }), rows, u32, (scattered, row, probe) => {
        const words = new Set([...scattered, ...row])
        const program = [loadWord(0), ...acceptIfIn(wordRanges(words, 3000)), drop()]
        const near = row.flatMap((member) => [member + 1, member - 1].map((value) => value >>> 0))
        for (const member of [...words, ...near, probe])
          expect(accepts(program, word(member))).toBe(words.has(member))
      }),
      { numRuns: 20 },
    )
  })

  it('accept every member of a set that had to be widened, and nothing outside its ranges', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(u32, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        u32,
        (words, limit, probe) => {
          const ranges = wordRanges(words, limit)
          expect(ranges.length).toBeLessThanOrEqual(limit)
          const program = [loadWord(0), ...acceptIfIn(ranges), drop()]
          for (const member of words) expect(accepts(program, word(member))).toBe(true)
          const inside = ranges.some(([first, last]) => first <= probe && probe <= last)
          expect(accepts(program, word(probe))).toBe(inside)
        },
      ),
    )
  })

  it('fill the narrowest gaps first', () => {
    expect(wordRanges([1, 2, 3, 10, 11, 5, 0xffffffff], 3)).toEqual([
      [1, 5],
      [10, 11],
      [0xffffffff, 0xffffffff],
    ])
    expect(wordRanges([], 3)).toEqual([])
  })

  it('take a few dozen steps for a word that is not among thousands', () => {
    const scattered = Array.from({ length: 2000 }, (_, i) => i * 7)
    const program = [loadWord(0), ...acceptIfIn(wordRanges(scattered, 2000)), drop()]
    expect(steps(program, word(6999))).toBeLessThan(40)
    expect(assemble(program).length / 8).toBeLessThan(MAX_INSTRUCTIONS)
  })

  it('refuse to be longer than the kernel allows', () => {
    const program = Array.from({ length: MAX_INSTRUCTIONS + 1 }, accept)
    expect(() => assemble(program)).toThrow(/4097 instructions; the kernel allows 4096/)
  })

  it('require equality and order, and run a conditional body only on its value', () => {
    expect(accepts([loadWord(0), ...require(7), accept()], word(7))).toBe(true)
    expect(accepts([loadWord(0), ...require(7), accept()], word(8))).toBe(false)
    expect(accepts([loadWord(0), ...requireBelow(3), accept()], word(2))).toBe(true)
    expect(accepts([loadWord(0), ...requireBelow(3), accept()], word(3))).toBe(false)
    const conditional = [loadWord(0), ...when(1, [drop()]), accept()]
    expect(accepts(conditional, word(1))).toBe(false)
    expect(accepts(conditional, word(2))).toBe(true)
  })

  it('reject packets shorter than what they read', () => {
    expect(accepts([loadWord(0), accept()], Uint8Array.of(1, 2, 3))).toBe(false)
  })

  it('encode as struct sock_filter', () => {
    const [first] = [assemble([...require(0xdeadbeef)])]
    expect([...first.subarray(0, 8)]).toEqual([0x15, 0, 1, 0, 0xef, 0xbe, 0xad, 0xde])
  })
})
