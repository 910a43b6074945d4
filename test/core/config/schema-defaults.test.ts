import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkSchema } from '#core/config/schema-check.ts'
import { applyDefaults } from '#core/config/schema-defaults.ts'
import type { Json, JsonSchema } from '#core/model/json.ts'

const pool: JsonSchema = {
  type: 'object',
  required: ['addresses'],
  properties: {
    addresses: { type: 'array', items: { type: 'string' } },
    autoAssign: { type: 'boolean', default: true },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
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

describe('applyDefaults', () => {
  it('fills defaults in at every depth, into default objects too', () => {
    expect(applyDefaults({ addresses: ['a'] }, pool)).toEqual({
      addresses: ['a'],
      autoAssign: true,
      nested: { depth: 7 },
    })
  })

  it('keeps what is there and replaces null where null is not allowed', () => {
    expect(applyDefaults({ autoAssign: null, maybe: null, nested: { depth: 0 } }, pool)).toEqual({
      autoAssign: true,
      maybe: null,
      nested: { depth: 0 },
    })
  })

  it('fills the items of a list', () => {
    const schema: JsonSchema = { type: 'array', items: pool }
    expect(applyDefaults([{ nested: {} }, 5], schema)).toEqual([
      { autoAssign: true, nested: { depth: 7 } },
      5,
    ])
  })

  it('shares with its input what needs no default', () => {
    const value = { autoAssign: false, addresses: ['a'], nested: { depth: 1, list: [2] } }
    expect(applyDefaults(value, pool)).toBe(value)
    const filled = applyDefaults({ ...value, autoAssign: null }, pool) as Record<string, Json>
    expect(filled['nested']).toBe(value.nested)
  })

  it('is idempotent, total and never adds a fault', () => {
    fc.assert(
      fc.property(arbitraryPool, (value) => {
        const filled = applyDefaults(value, pool)
        expect(applyDefaults(filled, pool)).toEqual(filled)
        expect(checkSchema(filled, pool).length).toBeLessThanOrEqual(checkSchema(value, pool).length)
      }),
    )
  })
})

/** Values near the schema: known field names over arbitrary JSON. */
const arbitraryPool: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<Json>,
  fc.dictionary(
    fc.constantFrom(...Object.keys(pool.properties ?? {}), 'depth', 'other'),
    fc.jsonValue(),
  ) as fc.Arbitrary<Json>,
)
