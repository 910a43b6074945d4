import { describe, expect, it } from 'vitest'

import { Alarm } from '#app/node/alarm.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds } from '#core/model/duration.ts'

function world() {
  const clock = new FakeClock()
  const rung: number[] = []
  const alarm = new Alarm(clock, () => rung.push(clock.now()))
  return { clock, rung, alarm, from: clock.now() }
}

describe('the alarm of a decision', () => {
  it('rings at the instant it is set to, and not at one that was set before', async () => {
    const { clock, rung, alarm, from } = world()
    alarm.set(from + 10)
    alarm.set(from + 30)
    await clock.advance(milliseconds(100))
    expect(rung).toEqual([from + 30])
  })

  it.each([
    ['set to nothing', (alarm: Alarm) => alarm.set(undefined)] as const,
    ['cancelled', (alarm: Alarm) => alarm.cancel()] as const,
  ])('does not ring once it is %s', async (_, end) => {
    const { clock, rung, alarm, from } = world()
    alarm.set(from + 10)
    end(alarm)
    await clock.advance(milliseconds(100))
    expect(rung).toEqual([])
  })
})
