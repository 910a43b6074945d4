import { describe, expect, it } from 'vitest'

import { pruned } from '#app/manifests/pruning.ts'
import type { JsonSchema } from '#core/model/json.ts'

const schema: JsonSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['list', 'number'],
      properties: { list: { type: 'array' }, number: { type: 'integer' }, text: { type: 'string' } },
    },
  },
}

const raw = {
  metadata: { name: 'x', labels: { a: 1, b: 'two' } },
  spec: { list: ['a', 5, 'c', 7], number: 'one', text: 3 },
}

describe('what is left of an object', () => {
  it('lacks the items at fault, and knows where the others stood', () => {
    const rest = pruned(raw, schema, ['spec.list[1]', 'spec.list[3].more'])
    expect(rest?.value['spec']).toEqual({ ...raw.spec, list: ['a', 'c'] })
    expect(rest?.without).toEqual(['spec.list[1]', 'spec.list[3]'])
    expect(rest?.indices).toEqual(new Map([['spec.list', [0, 2]]]))
  })

  it('lacks the field at fault, or has nothing in it where it is required', () => {
    const rest = pruned(raw, schema, ['spec.list', 'spec.number', 'spec.text'])
    expect(rest?.value['spec']).toEqual({ list: [], number: 0 })
    expect(rest?.without).toEqual(['spec.list', 'spec.number', 'spec.text'])
  })

  it('lacks a list of which no item is sound', () => {
    const rest = pruned({ ...raw, spec: { list: [1] } }, schema, ['spec.list[0]'])
    expect(rest?.value['spec']).toEqual({ list: [] })
    expect(rest?.without).toEqual(['spec.list'])
  })

  it('lacks the labels at fault', () => {
    expect(pruned(raw, schema, ['metadata.labels.a'])?.value['metadata']).toEqual({
      name: 'x',
      labels: { b: 'two' },
    })
  })

  it('is nothing where the fault is in what an object cannot lack', () => {
    for (const field of ['', 'spec', 'metadata.name', 'metadata.annotations.a', 'metadata.labels'])
      expect(pruned(raw, schema, [field])).toBeUndefined()
    expect(pruned({ spec: {} }, schema, ['spec.text'])).toBeUndefined()
  })
})
