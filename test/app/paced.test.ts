import { expect, test } from 'vitest'

import { Paced } from '#app/paced.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { instantAt, milliseconds } from '#core/model/duration.ts'

/** Each run counts as 40 ms of work that end when it ends, and may take half of the time; `runs`: when each was. */
function paced(least = 0): { readonly clock: FakeClock; readonly runs: number[]; readonly task: Paced } {
  const clock = new FakeClock()
  const runs: number[] = []
  const task: Paced = new Paced(
    clock,
    0.5,
    () => {
      runs.push(clock.now())
      task.worked(instantAt(clock.now() - 40))
    },
    milliseconds(least),
  )
  return { clock, runs, task }
}

test('the first who asks does not wait', async () => {
  const { clock, runs, task } = paced()
  task.soon()
  await clock.advance(milliseconds(0))
  expect(runs).toEqual([0])
})

test('who asks right after a run waits as long as it took, and with him all who ask meanwhile', async () => {
  const { clock, runs, task } = paced()
  task.soon()
  await clock.advance(milliseconds(0))
  task.soon()
  await clock.advance(milliseconds(39))
  task.soon()
  expect([runs, task.asked]).toEqual([[0], true])
  await clock.advance(milliseconds(1))
  expect([runs, task.asked, clock.pending()]).toEqual([[0, 40], false, 0])
})

test('the time that has passed since a run is part of the rest after it', async () => {
  const { clock, runs, task } = paced()
  task.soon()
  await clock.advance(milliseconds(30))
  task.soon()
  await clock.advance(milliseconds(10))
  expect(runs).toEqual([0, 40])
  await clock.advance(milliseconds(460))
  task.soon()
  await clock.advance(milliseconds(0))
  expect(runs).toEqual([0, 40, 500])
})

test('what comes within the least wait is done together, and the rest after a run may be longer than it', async () => {
  const { clock, runs, task } = paced(30)
  task.soon()
  await clock.advance(milliseconds(29))
  task.soon()
  await clock.advance(milliseconds(1))
  task.soon()
  await clock.advance(milliseconds(40))
  await clock.advance(milliseconds(100))
  task.soon()
  await clock.advance(milliseconds(30))
  expect(runs).toEqual([30, 70, 200])
})
