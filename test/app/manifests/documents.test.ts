import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { documentsIn } from '#app/manifests/documents.ts'

const values = (text: string): unknown[] => documentsIn('f', text).documents.map(({ value }) => value)
const faultLines = (text: string): number[] => documentsIn('f', text).faults.map(({ line }) => line)

/** Scraps that mean something to a YAML parser. */
const pieces = '---\n|...\n|\n|a: |- |{|}|[|]|&x |*x|"|\'|>|  |!!|<<: |?|%YAML|#|\t|1'.split('|')

describe('documents of a source', () => {
  it('survive a broken one among them, wherever it is', () => {
    const good = ['a: 1', 'b: 2', 'c: 3']
    for (const index of [0, 1, 2, 3]) {
      const all = good.toSpliced(index, 0, 'broken: [')
      const text = all.map((document) => `---\n${document}\n`).join('')
      expect(values(text)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }])
      expect(faultLines(text)).toHaveLength(1)
    }
  })

  it('survive several broken ones, each told by itself', () => {
    const text = 'a: 1\n---\nx: "open\n---\nb: 2\n---\n\t- tab\n---\nc: 3\n'
    expect(values(text)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }])
    expect(faultLines(text)).toEqual([3, 7])
  })

  it('are not cut at dashes inside a block of text', () => {
    const text = 'a: |\n  ---\n  text\n---\nbroken: [\n'
    expect(values(text)).toEqual([{ a: '---\ntext\n' }])
  })

  it('keep their place after a cut', () => {
    const text = 'broken: [\n---\n# comment\n\na: 1\nb: 2\n'
    const [document] = documentsIn('f', text).documents
    expect(document?.origin.fragment.lineOf(0, ['b'])).toBe(6)
  })

  it('never throw, whatever the text is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((all) => all.join('')),
        ),
        (text) => {
          const { documents, faults } = documentsIn('f', text)
          for (const { origin } of documents)
            expect(origin.fragment.lineOf(origin.document, ['a', 0])).toBeGreaterThan(0)
          for (const { line } of faults) expect(line).toBeLessThanOrEqual(text.split('\n').length)
        },
      ),
      { numRuns: 300 },
    )
  }, 60_000)
})
