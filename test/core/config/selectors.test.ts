import { describe, expect, it } from 'vitest'

import { checkSelector, checkSelectors, nothing } from '#core/config/selectors.ts'
import type { Report } from '#core/config/inspection.ts'
import type { LabelSelector } from '#core/model/objects.ts'
import { selects } from '#core/model/selector.ts'

function checked(selector: LabelSelector): { readonly result: LabelSelector; readonly faults: string[] } {
  const faults: string[] = []
  const report: Report = (field, reason, message) => faults.push(`${reason} ${field}: ${message}`)
  return { result: checkSelector(selector, 'at', report), faults }
}

const expression = (key: string, operator: string, values?: string[]): LabelSelector => ({
  matchExpressions: [values === undefined ? { key, operator } : { key, operator, values }],
})

describe('a label selector', () => {
  it.each<[string, LabelSelector]>([
    ['the empty selector', {}],
    ['labels', { matchLabels: { 'kubernetes.io/hostname': 'node-1', A_b: '', x: '1.2_3-4' } }],
    ['In', expression('rack', 'In', ['a', 'b'])],
    ['NotIn', expression('rack', 'NotIn', ['a'])],
    ['Exists', expression('rack', 'Exists')],
    ['DoesNotExist', expression('node-role.kubernetes.io/control-plane', 'DoesNotExist', [])],
    ['a key of the longest kind', expression(`${'a'.repeat(63)}.b/${'k'.repeat(63)}`, 'Exists')],
  ])('is accepted as it is: %s', (_, selector) => {
    expect(checked(selector)).toEqual({ result: selector, faults: [] })
  })

  it.each<[string, LabelSelector, RegExp]>([
    [
      'an unknown operator',
      expression('rack', 'Is', ['a']),
      /^InvalidSelector at\.matchExpressions\[0\]\.operator: found "Is", allowed: In, NotIn, Exists or DoesNotExist$/,
    ],
    [
      'In without values',
      expression('rack', 'In'),
      /^InvalidSelector at\.matchExpressions\[0\]\.values: found 0 values/,
    ],
    ['NotIn without values', expression('rack', 'NotIn', []), /at least one value$/],
    [
      'Exists with values',
      expression('rack', 'Exists', ['a']),
      /found 1 values, allowed with Exists: no values$/,
    ],
    [
      'an empty key',
      expression('', 'Exists'),
      /^InvalidSelector at\.matchExpressions\[0\]\.key: found label key ""/,
    ],
    ['a key with a blank', expression('my rack', 'Exists'), /found label key "my rack"/],
    ['a key with two slashes', expression('a/b/c', 'Exists'), /found label key "a\/b\/c"/],
    ['a prefix in capitals', expression('Example.com/rack', 'Exists'), /found label key/],
    ['a name of 64 characters', expression('k'.repeat(64), 'Exists'), /at most 63/],
    [
      'a bad value',
      expression('rack', 'In', ['a', '-b']),
      /^InvalidSelector at\.matchExpressions\[0\]\.values\[1\]: found label value "-b"/,
    ],
    [
      'a bad label value',
      { matchLabels: { 'a.b/rack': 'x y' } },
      /^InvalidSelector at\.matchLabels\["a\.b\/rack"\]: found label value "x y"/,
    ],
    [
      'a bad label key',
      { matchLabels: { 'rack!': 'x' } },
      /^InvalidSelector at\.matchLabels\["rack!"\]: found label key/,
    ],
  ])('with a fault selects nothing: %s', (_, selector, fault) => {
    const { result, faults } = checked(selector)
    expect(faults).toEqual([expect.stringMatching(fault)])
    expect(result).toBe(nothing)
    expect(selects(result, { rack: 'a', nothing: '' })).toBe(false)
  })

  it('has all of its faults reported', () => {
    const { faults } = checked({ matchLabels: { '': '!' }, ...expression('rack', 'Like', ['?']) })
    expect(faults).toHaveLength(4)
  })

  it('may repeat itself: that is reported and changes nothing', () => {
    const twice = { key: 'rack', operator: 'In', values: ['a', 'a'] }
    const selector = { matchExpressions: [twice, twice] }
    const { result, faults } = checked(selector)
    expect(result).toBe(selector)
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'DuplicateValue at.matchExpressions[1]',
      'DuplicateValue at.matchExpressions[0].values[1]',
    ])
  })
})

describe('a list of selectors', () => {
  it('counts equal ones once, whatever the order of their labels', () => {
    const faults: string[] = []
    const a = { matchLabels: { x: '1', y: '2' } }
    const b = { matchLabels: { y: '2', x: '1' } }
    expect(checkSelectors([a, {}, b], 'at', (field) => faults.push(field))).toEqual([a, {}])
    expect(faults).toEqual(['at[2]'])
  })

  it('may be absent', () => {
    expect(checkSelectors(undefined, 'at', () => expect.unreachable())).toEqual([])
  })
})
