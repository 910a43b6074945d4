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
  wordSet,
} from '#platform/linux/bpf.ts'
import { accepts } from './bpf-interpreter.ts'

const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer).reverse()
const u32 = fc.integer({ min: 0, max: 0xffffffff })

describe('BPF programs', () => {
  it('accept exactly the words of an exact set, however many blocks it takes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(u32, { maxLength: 700 }), u32, (words, probe) => {
        const program = [loadWord(0), ...acceptIfIn(wordSet(words, 1000)), drop()]
        for (const member of [...words, probe])
          expect(accepts(program, word(member))).toBe(words.includes(member))
      }),
      { numRuns: 30 },
    )
  })

  it('accept every member of a set that had to be widened, and nothing outside its prefixes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(u32, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        u32,
        (words, limit, probe) => {
          const set = wordSet(words, limit)
          expect(set.words.length).toBeLessThanOrEqual(limit)
          const program = [loadWord(0), ...acceptIfIn(set), drop()]
          for (const member of words) expect(accepts(program, word(member))).toBe(true)
          const inPrefix = words.some((member) => member >>> set.shift === probe >>> set.shift)
          expect(accepts(program, word(probe))).toBe(set.shift > 31 || inPrefix)
        },
      ),
    )
  })

  it('fit the kernel limit with two sets of two thousand words', () => {
    const set = wordSet(
      Array.from({ length: 2000 }, (_, i) => i * 7),
      2000,
    )
    const program = [...acceptIfIn(set), ...acceptIfIn(set), drop()]
    expect(set.shift).toBe(0)
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
