import { describe, expect, it } from 'vitest'

import { checkSchema } from '#core/config/schema-check.ts'
import type { Json, JsonSchema } from '#core/model/json.ts'

const pool: JsonSchema = {
  type: 'object',
  required: ['addresses'],
  properties: {
    addresses: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3 },
    autoAssign: { type: 'boolean', default: true },
    priority: { type: 'integer', minimum: 1, maximum: 100 },
    ratio: { type: 'number', minimum: 0 },
    mode: { type: 'string', enum: ['fast', 'slow'] },
    name: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 4 },
    password: { type: 'string', format: 'password', pattern: '^x' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    closed: { type: 'object', additionalProperties: false },
    port: { 'x-kubernetes-int-or-string': true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    maybe: { type: 'string', nullable: true },
    nested: {
      type: 'object',
      default: {},
      properties: {
        depth: { type: 'integer', default: 7 },
        list: { type: 'array', items: { type: 'integer' } },
      },
    },
  },
}

const rows: readonly (readonly [string, Json, readonly string[]])[] = [
  ['a complete value', { addresses: ['a'], port: 'http', free: { any: [1] }, maybe: null }, []],
  ['a scalar for an object', 'hunter2', ['WrongType : found string, allowed: object']],
  ['a list for an object', [], ['WrongType : found array, allowed: object']],
  [
    'a missing field',
    {},
    ['MissingField addresses: found nothing, allowed: a value of type array (the field is required)'],
  ],
  [
    'null for a required field',
    { addresses: null },
    ['MissingField addresses: found nothing, allowed: a value of type array (the field is required)'],
  ],
  ['null for an optional field', { addresses: ['a'], priority: null }, []],
  [
    'a string for a boolean',
    { addresses: ['a'], autoAssign: 'yes' },
    ['WrongType autoAssign: found "yes" (string), allowed: boolean'],
  ],
  [
    'a fraction for an integer',
    { addresses: ['a'], priority: 1.5 },
    ['WrongType priority: found 1.5 (number), allowed: integer'],
  ],
  [
    'a number below its range',
    { addresses: ['a'], priority: 0 },
    ['InvalidValue priority: found 0, allowed: 1 to 100'],
  ],
  [
    'a number below an open range',
    { addresses: ['a'], ratio: -1 },
    ['InvalidValue ratio: found -1, allowed: at least 0'],
  ],
  [
    'a value outside an enum',
    { addresses: ['a'], mode: 'warp' },
    ['InvalidValue mode: found "warp", allowed: "fast" or "slow"'],
  ],
  [
    'text that is too short and does not match',
    { addresses: ['a'], name: 'A' },
    [
      'InvalidValue name: found 1 characters, allowed: 2 to 4',
      'InvalidValue name: found "A", allowed: text that matches ^[a-z]+$',
    ],
  ],
  [
    'an item of the wrong type',
    { addresses: ['a', 5] },
    ['WrongType addresses[1]: found 5 (integer), allowed: string'],
  ],
  ['a null item', { addresses: [null] }, ['WrongType addresses[0]: found null, allowed: string']],
  ['too few items', { addresses: [] }, ['InvalidValue addresses: found 0 items, allowed: 1 to 3']],
  [
    'a value of a map',
    { addresses: ['a'], labels: { 'a.b/c': 1 } },
    ['WrongType labels["a.b/c"]: found 1 (integer), allowed: string'],
  ],
  [
    'a field of a closed object',
    { addresses: ['a'], closed: { x: 1 } },
    ['UnknownField closed.x: found an unknown field, allowed: none'],
  ],
  [
    'a fraction for an integer or string',
    { addresses: ['a'], port: 1.5 },
    ['WrongType port: found 1.5 (number), allowed: integer or string'],
  ],
]

describe('checkSchema', () => {
  it.each(rows)('judges %s', (_, value, expected) => {
    const found = checkSchema(value, pool).map((fault) => `${fault.reason} ${fault.path}: ${fault.message}`)
    expect(found).toEqual(expected)
  })

  it('suggests the field that an unknown one is a misspelling of', () => {
    const [fault] = checkSchema({ addresses: ['a'], autoAsign: true }, pool)
    expect(fault?.path).toBe('autoAsign')
    expect(fault?.message).toContain('did you mean "autoAssign"?')
  })

  it('finds every fault, each under the path it starts from', () => {
    const faults = checkSchema({ autoAssign: 1, nested: { depth: 'x', list: [1, 'two'] } }, pool, 'spec')
    expect(faults.map((fault) => fault.path)).toEqual([
      'spec.autoAssign',
      'spec.nested.depth',
      'spec.nested.list[1]',
      'spec.addresses',
    ])
  })

  it('never shows a password', () => {
    const faults = [
      ...checkSchema({ addresses: ['a'], password: 'hunter2' }, pool),
      ...checkSchema({ addresses: ['a'], password: 4711 }, pool),
    ]
    expect(faults).toHaveLength(2)
    expect(JSON.stringify(faults)).not.toMatch(/hunter2|4711/)
  })

  it('does not take inherited names for fields', () => {
    const faults = checkSchema(JSON.parse('{"addresses":["a"],"constructor":1,"__proto__":2}'), pool)
    expect(faults.map((fault) => [fault.reason, fault.path])).toEqual([
      ['UnknownField', 'constructor'],
      ['UnknownField', '__proto__'],
    ])
  })
})
