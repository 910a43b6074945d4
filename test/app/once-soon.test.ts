import { expect, test } from 'vitest'

import { OnceSoon } from '#app/once-soon.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds } from '#core/model/duration.ts'

test('what many ask for meanwhile is done once, and again for those who ask later', async () => {
  const clock = new FakeClock()
  let done = 0
  const task = new OnceSoon(clock, milliseconds(100), () => done++)
  task.ask()
  await clock.advance(milliseconds(60))
  task.ask()
  expect([clock.pending(), done]).toEqual([1, 0])
  await clock.advance(milliseconds(40))
  expect(done).toBe(1)
  task.ask()
  await clock.advance(milliseconds(100))
  expect(done).toBe(2)
})
