import { describe, expect, it } from 'vitest'

import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeRandom } from '#core/fakes/fake-random.ts'
import { later, milliseconds, seconds, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'
import { SessionTimers } from '#plugins/native-bgp/session-timers.ts'

const settings = { connectTimeout: seconds(10), retryCap: seconds(30) }

function timers(random: Random, clock: Clock = new FakeClock()): { timers: SessionTimers; fired: string[] } {
  const fired: string[] = []
  return { timers: new SessionTimers({ clock, random }, settings, (event) => fired.push(event)), fired }
}

/** How long a timer takes on a clock that stands still otherwise. */
function delayOf(start: (timers: SessionTimers) => void, random = 1): number {
  let asked = 0
  const clock: Clock = {
    now: () => 0 as Instant,
    after: (delay) => {
      asked = delay
      return () => {}
    },
  }
  start(timers(fakeRandom(random), clock).timers)
  return asked
}

describe('the timers of a session', () => {
  it('wait longer after each failure, up to the cap, and between 75 and 100 % of it (RFC 4271 §10)', () => {
    const waits = (random: number): number[] =>
      [1, 2, 3, 4, 5, 6, 50].map((backoff) => delayOf((one) => one.start('idleHold', { backoff }), random))
    expect(waits(1)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(waits(0)).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500])
  })

  it('never shorten the hold time', () => {
    expect(delayOf((one) => one.start('hold', 90), 0)).toBe(90_000)
    expect(delayOf((one) => one.start('keepalive', 30), 0)).toBe(22_500)
  })

  it('start over when started again, and not at all once stopped', async () => {
    const clock = new FakeClock()
    const { timers: one, fired } = timers(fakeRandom(), clock)
    one.start('hold', 3)
    await clock.advance(seconds(2))
    one.start('hold', 3)
    await clock.advance(seconds(2))
    expect(fired).toEqual([])
    one.stop('hold')
    await clock.advance(seconds(9))
    expect(fired).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  it('give the hold time a moment to read what came while the process stood still', () => {
    const clock = new StandingClock()
    const { timers: one, fired } = timers(fakeRandom(), clock)
    one.start('hold', 3)
    clock.wake(seconds(20))
    expect(fired).toEqual([])
    clock.wake(milliseconds(50))
    expect(fired).toEqual(['HoldTimer_Expires'])
  })

  it('forget a hold time that was about to end when something is heard in that moment', () => {
    const clock = new StandingClock()
    const { timers: one, fired } = timers(fakeRandom(), clock)
    one.start('hold', 3)
    clock.wake(seconds(20))
    one.start('hold', 3)
    clock.wake(milliseconds(50))
    expect(fired).toEqual([])
  })
})

/** Jumps: what fell due meanwhile runs late, as after a long pause of the whole process. */
class StandingClock implements Clock {
  #now = 0 as Instant
  #tasks: { readonly at: number; readonly run: () => void }[] = []

  now(): Instant {
    return this.#now
  }

  after(delay: Duration, run: () => void): () => void {
    const task = { at: this.#now + delay, run }
    this.#tasks.push(task)
    return () => {
      this.#tasks = this.#tasks.filter((one) => one !== task)
    }
  }

  wake(after: Duration): void {
    this.#now = later(this.#now, after)
    const due = this.#tasks.filter(({ at }) => at <= this.#now)
    this.#tasks = this.#tasks.filter((task) => !due.includes(task))
    for (const { run } of due) run()
  }
}
