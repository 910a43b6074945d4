import { expect, it } from 'vitest'

import { SnapshotKeeper } from '#app/kubernetes/speaker/snapshot-keeper.ts'
import type { SnapshotFile } from '#app/kubernetes/speaker/snapshot.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'

import { silentLog as log } from '../silent-log.ts'

/** Each writing takes 100 ms; `written`: when each began. */
function keeper() {
  const clock = new FakeClock()
  const written: number[] = []
  const write = (): Promise<void> => {
    written.push(clock.now())
    return new Promise((resolve) => void clock.after(milliseconds(100), resolve))
  }
  const file = { path: 'snapshot', write } as unknown as SnapshotFile
  const subject = new SnapshotKeeper({ file, content: () => [], clock, log })
  return { clock, written, subject }
}

it('writes two seconds after a change, with all that changed meanwhile', async () => {
  const { clock, written, subject } = keeper()
  subject.changed()
  await clock.advance(seconds(1))
  subject.changed()
  await clock.advance(seconds(9))
  expect(written).toEqual([2000])
})

it('writes for a fiftieth of the time at most, counted from the last writing', async () => {
  const { clock, written, subject } = keeper()
  subject.changed()
  await clock.advance(seconds(3))
  subject.changed()
  await clock.advance(seconds(10))
  subject.changed()
  await clock.advance(seconds(20))
  expect(written).toEqual([2000, 7000, 15_000])
})

it('keeps to that share when something changes all the time, while it writes too', async () => {
  const { clock, written, subject } = keeper()
  for (let at = 0; at < 60_000; at += 50) {
    subject.changed()
    await clock.advance(milliseconds(50))
  }
  expect(written.length).toBeLessThanOrEqual(12)
})

it('writes nothing more when it has ended, though it was asked before', async () => {
  const { clock, written, subject } = keeper()
  subject.changed()
  const ended = subject.end()
  subject.changed()
  await clock.advance(seconds(30))
  await ended
  expect(written).toEqual([0])
})

it('writes what is not written yet when it ends, and nothing after it', async () => {
  const { clock, written, subject } = keeper()
  subject.changed()
  const ended = subject.end()
  await clock.advance(seconds(5))
  await ended
  subject.changed()
  await clock.advance(seconds(30))
  expect(written).toEqual([0])
})

it('writes nothing at its end when nothing has changed', async () => {
  const { clock, written, subject } = keeper()
  await subject.end()
  expect([written, clock.pending()]).toEqual([[], 0])
})
