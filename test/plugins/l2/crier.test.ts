import { describe, expect, it } from 'vitest'

import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { Crier } from '#plugins/l2/crier.ts'

/** A round takes as many frames as `frames` says; as many as the rate counts, by default. */
function crier(perSecond: number, frames: (round: number) => number = () => 2) {
  const clock = new FakeClock()
  const cried: { readonly key: number; readonly at: number }[] = []
  const subject = new Crier<number>({
    clock,
    perSecond,
    cry: (key, round) => {
      cried.push({ key, at: clock.now() })
      return frames(round)
    },
  })
  return { clock, cried, subject }
}

describe('the crier', () => {
  it('sends the first round at once and the others on time', async () => {
    const { clock, cried, subject } = crier(10_000)
    subject.start(1)
    subject.run()
    expect(cried).toEqual([{ key: 1, at: 0 }])
    await clock.advance(milliseconds(60))
    subject.start(2)
    subject.run()
    await clock.advance(seconds(6))
    expect(cried.filter(({ key }) => key === 1).map(({ at }) => at)).toEqual([
      0, 50, 150, 400, 1100, 2200, 3300, 4400,
    ])
    expect(cried.filter(({ key }) => key === 2)[0]).toEqual({ key: 2, at: 60 })
    expect(clock.pending()).toBe(0)
  })

  it('counts frames: what takes one goes out at twice the rate', async () => {
    const { clock, cried, subject } = crier(1000, (round) => (round === 0 ? 2 : 1))
    for (let key = 0; key < 1000; key++) subject.start(key)
    subject.run()
    await clock.advance(milliseconds(990))
    const firsts = cried.length
    await clock.advance(milliseconds(1000))
    expect(firsts).toBeGreaterThan(950)
    expect(cried.length - firsts).toBeGreaterThan(1900)
    expect(cried.length - firsts).toBeLessThanOrEqual(2010)
  })

  it('never exceeds its rate, and reaches everybody before it repeats itself', async () => {
    const { clock, cried, subject } = crier(1000)
    for (let key = 0; key < 300; key++) subject.start(key)
    subject.run()
    subject.run()
    await clock.advance(milliseconds(1000))
    expect(cried.length).toBeLessThanOrEqual(1005)
    expect(cried.length).toBeGreaterThan(900)
    expect(new Set(cried.slice(0, 50).map(({ key }) => key)).size).toBe(50)
    expect(new Set(cried.filter(({ at }) => at <= 700).map(({ key }) => key)).size).toBe(300)
  })

  it('stops for good when closed', async () => {
    const { clock, cried, subject } = crier(1000)
    subject.start(1)
    subject.run()
    subject.close()
    expect(clock.pending()).toBe(0)
    await clock.advance(seconds(6))
    expect(cried).toHaveLength(1)
  })
})
