import { describe, expect, it } from 'vitest'

import type { LabelSelector } from '#core/model/objects.ts'
import { selects, selectsAny } from '#core/model/selector.ts'

const labels = { zone: 'a', tier: 'edge' }

function expression(key: string, operator: string, ...values: string[]): LabelSelector {
  return { matchExpressions: [{ key, operator, values }] }
}

describe('a label selector', () => {
  it.each<[string, LabelSelector, boolean]>([
    ['selects everything when empty', {}, true],
    ['selects by one label', { matchLabels: { zone: 'a' } }, true],
    ['refuses another value', { matchLabels: { zone: 'b' } }, false],
    ['wants every label', { matchLabels: { zone: 'a', tier: 'core' } }, false],
    ['In: one of the values', expression('zone', 'In', 'b', 'a'), true],
    ['In: an absent label is in no list', expression('rack', 'In', 'a'), false],
    ['NotIn: another value', expression('zone', 'NotIn', 'b'), true],
    ['NotIn: an absent label passes', expression('rack', 'NotIn', 'a'), true],
    ['NotIn: the value itself fails', expression('zone', 'NotIn', 'a'), false],
    ['Exists', expression('tier', 'Exists'), true],
    ['Exists: absent', expression('rack', 'Exists'), false],
    ['DoesNotExist', expression('rack', 'DoesNotExist'), true],
    ['an inherited property is no label', expression('constructor', 'Exists'), false],
    ['an unknown operator selects nothing', expression('zone', 'Like', 'a'), false],
    [
      'labels and expressions must both hold',
      { matchLabels: { zone: 'a' }, ...expression('tier', 'DoesNotExist') },
      false,
    ],
  ])('%s', (_, selector, expected) => {
    expect(selects(selector, labels)).toBe(expected)
  })

  it('is an alternative in a list, and an empty list restricts nothing', () => {
    expect(selectsAny([], labels)).toBe(true)
    expect(selectsAny([{ matchLabels: { zone: 'b' } }], labels)).toBe(false)
    expect(selectsAny([{ matchLabels: { zone: 'b' } }, { matchLabels: { tier: 'edge' } }], labels)).toBe(true)
  })
})
