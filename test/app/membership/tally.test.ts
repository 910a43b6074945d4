import { describe, expect, it } from 'vitest'

import type { HeartbeatCounts } from '#app/membership/protocol.ts'
import { Tally } from '#app/membership/tally.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'

function begin() {
  const clock = new FakeClock()
  const told: HeartbeatCounts[] = []
  return { clock, told, tally: new Tally(clock, (counts) => told.push(counts)) }
}

describe('the tally of a wire', () => {
  it('tells once a second what happened in it, and begins anew', async () => {
    const { clock, told, tally } = begin()
    tally.sent(2)
    tally.received()
    tally.refused('signature')
    tally.refused('signature')
    tally.late(milliseconds(4))
    tally.late(milliseconds(3))
    await clock.advance(seconds(1))
    tally.received()
    await clock.advance(seconds(1))
    expect(told).toEqual([
      { sent: 2, received: 1, refused: { signature: 2 }, late: 4 },
      { sent: 0, received: 1, refused: {}, late: 0 },
    ])
  })

  it('tells nothing of a second in which nothing came or went', async () => {
    const { clock, told, tally } = begin()
    tally.late(milliseconds(4))
    await clock.advance(seconds(2))
    expect(told).toEqual([])
  })

  it('tells the rest at its end, and leaves no timer', () => {
    const { clock, told, tally } = begin()
    tally.sent(1)
    tally.stop()
    expect(told).toMatchObject([{ sent: 1 }])
    expect(clock.pending()).toBe(0)
  })
})
