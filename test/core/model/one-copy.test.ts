import { expect, test } from 'vitest'

import { OneCopy } from '#core/model/one-copy.ts'

test('equal values become one, and what is no longer seen is forgotten', () => {
  const copies = new OneCopy<readonly number[]>()
  const first = copies.of('1', [1])
  expect(copies.of('1', [1])).toBe(first)
  for (let i = 0; i < 10_000; i++) copies.of(`other ${i}`, [i])
  const again = copies.of('1', [1])
  expect(again).not.toBe(first)
  expect(copies.of('1', [1])).toBe(again)
})
