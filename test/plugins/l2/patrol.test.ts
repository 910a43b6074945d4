import { describe, expect, it } from 'vitest'

import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { Patrol } from '#plugins/l2/patrol.ts'

function patrol(perSecond: number) {
  const clock = new FakeClock()
  const visits: string[] = []
  const rounds = new Patrol<string>({
    clock,
    period: seconds(1),
    perSecond,
    visit: (key) => visits.push(key),
  })
  return { clock, visits, rounds }
}

describe('a patrol', () => {
  it('visits each once a period, the first time after one', async () => {
    const { clock, visits, rounds } = patrol(50)
    for (const key of ['a', 'b', 'a']) rounds.add(key)
    await clock.advance(milliseconds(990))
    expect(visits).toEqual([])
    await clock.advance(milliseconds(2100))
    expect(visits).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
  })

  it('keeps to its rate, and to the order, with more than it has time for', async () => {
    const { clock, visits, rounds } = patrol(10)
    for (let n = 0; n < 30; n++) rounds.add(`k${n}`)
    await clock.advance(seconds(7))
    expect(visits.length).toBeLessThanOrEqual(61)
    expect(visits.slice(0, 60)).toEqual([...Array(60).keys()].map((n) => `k${n % 30}`))
  })

  it('leaves out who is removed, and rests when nobody is left', async () => {
    const { clock, visits, rounds } = patrol(50)
    rounds.add('a')
    rounds.add('b')
    rounds.remove('a')
    await clock.advance(milliseconds(1100))
    expect(visits).toEqual(['b'])
    rounds.remove('b')
    expect(clock.pending()).toBe(0)
  })

  it('of no rate never sets out', () => {
    const { clock, rounds } = patrol(0)
    rounds.add('a')
    expect(clock.pending()).toBe(0)
  })
})
