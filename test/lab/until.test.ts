import { expect, it } from 'vitest'

import { Hopeless, until } from '#lab/until.ts'

it('returns what the probe found, after as many looks as it takes', async () => {
  let looks = 0
  expect(await until('the third look', () => (++looks === 3 ? looks : undefined), { interval: 1 })).toBe(3)
})

it('takes zero and the empty string for findings', async () => {
  expect(await until('a number', () => 0)).toBe(0)
  expect(await until('a text', () => '')).toBe('')
})

it('treats an error of the probe as not yet, and tells the last one when time is up', async () => {
  const probe = (): never => {
    throw new Error('connection refused')
  }
  await expect(until('an answer', probe, { timeout: 5, interval: 1 })).rejects.toThrow(
    'waited 5 ms for an answer: connection refused',
  )
})

it('gives up with what it waited for', async () => {
  await expect(until('godot', () => false, { timeout: 5, interval: 1 })).rejects.toThrow(
    'waited 5 ms for godot',
  )
})

it('waits no longer once that is of no use', async () => {
  const probe = (): never => {
    throw new Hopeless('it has ended')
  }
  await expect(until('godot', probe)).rejects.toThrow(/^it has ended$/)
})
