import { dump, parseEvents } from 'js-yaml'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { positionsIn } from '#app/manifests/positions.ts'
import type { FieldStep } from '#core/model/field-path.ts'

function lineIn(text: string, document: number, ...steps: readonly FieldStep[]): number {
  return positionsIn(text, parseEvents(text, {})).lineOf(document, steps)
}

const text = `# a comment
a: 1
b:
  - x
  -
    c: "quoted
      twice"
    d: |
      block
    e: { f: [1,
      2] }
# between
---
'a': &anchor
  b: 2
c: *anchor
? [odd]
: key
1: number
d:
`

describe('the line of a field', () => {
  it.each<[number, FieldStep[], number]>([
    [0, [], 1],
    [0, ['a'], 1],
    [0, ['b'], 2],
    [0, ['b', 0], 3],
    [0, ['b', 1], 5],
    [0, ['b', 1, 'c'], 5],
    [0, ['b', 1, 'd'], 7],
    [0, ['b', 1, 'e', 'f', 1], 10],
    [1, ['a', 'b'], 14],
    [1, ['1'], 18],
    [1, ['d'], 19],
  ])('document %i %j is on line %i', (document, steps, line) => {
    expect(lineIn(text, document, ...steps)).toBe(line)
  })

  it('is that of the alias for a field behind one, and of the nearest ancestor for one that is not there', () => {
    expect(lineIn(text, 1, 'c', 'b')).toBe(15)
    expect(lineIn(text, 0, 'b', 1, 'e', 'g', 3)).toBe(9)
    expect(lineIn(text, 0, 'nowhere')).toBe(1)
    expect(lineIn(text, 7, 'a')).toBe(0)
  })

  it('holds the field’s own text, in any value that is printed as YAML', () => {
    const key = fc.stringMatching(/^k[a-z0-9]{0,8}$/)
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(1, true, 'text', 'two\nlines\n'),
        fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4 }),
        fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 }), (value) => {
        const text = dump(value)
        const lines = text.split('\n')
        const positions = positionsIn(text, parseEvents(text, {}))
        for (const steps of fieldsOf(value)) {
          expect(lines[positions.lineOf(0, steps)]).toContain(`${String(steps.at(-1))}:`)
        }
      }),
    )
  }, 60_000)
})

/** The steps to every field that has a name. */
function fieldsOf(value: unknown, steps: readonly FieldStep[] = []): FieldStep[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => {
    const path = [...steps, Array.isArray(value) ? Number(key) : key]
    return [...(Array.isArray(value) ? [] : [path]), ...fieldsOf(child, path)]
  })
}
