import { beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '#core/fakes/fake-clock.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { Prober } from '#plugins/l2/prober.ts'

const addresses = Array.from({ length: 200 }, (_, i) => `198.51.100.${i}` as Address)

let clock: FakeClock
let probed: Address[]
let free: Set<Address>
let prober: Prober

beforeEach(() => {
  clock = new FakeClock()
  probed = []
  free = new Set()
  prober = new Prober({
    clock,
    perSecond: 6000,
    probe: (address) => void probed.push(address),
    free: (address) => void free.add(address),
  })
  for (const address of addresses) prober.start(address)
})

describe('a prober of many addresses', () => {
  it('asks about each three times, no more of them a second than it may', async () => {
    await clock.advance(milliseconds(100))
    expect(probed.length).toBeLessThanOrEqual(600 + 30)
    await clock.advance(milliseconds(30))
    expect(free.size).toBe(200)
    expect(probed).toHaveLength(600)
  })

  it('does not ask anew about all whose window ended late at once: that would make the next one late too', async () => {
    await clock.advance(milliseconds(24))
    probed.length = 0
    await clock.pause(milliseconds(60))
    const late = addresses.slice(10, 30)
    expect(probed.filter((address) => late.includes(address))).toEqual([])
    await clock.advance(milliseconds(400))
    expect(free.size).toBe(200)
  })

  it('asks about fewer at a time where the process cannot keep up with the rate, and so comes to an end', async () => {
    const cost = 0.7
    for (let turn = 0, paid = 0; free.size < 200 && turn < 2000; turn++) {
      await clock.advance(milliseconds(1))
      const unpaid = probed.length - paid
      paid = probed.length
      await clock.pause(milliseconds(cost * unpaid))
    }
    expect(free.size).toBe(200)
  })
})

it('keeps to its rate where timers come a little late', async () => {
  const clock = new FakeClock()
  const late: Clock = {
    now: () => clock.now(),
    after: (delay, task) => clock.after(milliseconds(delay + 2), task),
  }
  let asked = 0
  const prober = new Prober({ clock: late, perSecond: 6000, probe: () => asked++, free() {} })
  for (const address of addresses) prober.start(address)
  // Twenty slices of ten addresses each begin by then, and the last one ends.
  await clock.advance(milliseconds(2 + 19 * 5 + 2 + 14 + 2))
  expect(asked).toBe(600)
})

it('makes up for timers that come a little late, and leaves time for the last answer all the same', async () => {
  const clock = new FakeClock()
  const late: Clock = {
    now: () => clock.now(),
    after: (delay, task) => clock.after(milliseconds(delay + 1), task),
  }
  const at: number[] = []
  const began = clock.now()
  const note = () => at.push(clock.now() - began)
  new Prober({ clock: late, perSecond: 6000, probe: note, free: note }).start(addresses[0]!)
  await clock.advance(milliseconds(40))
  expect(at).toEqual([1, 9, 16, 23])
})

describe('what is fresh', () => {
  let clock: FakeClock
  let prober: Prober
  const address = addresses[0]!

  beforeEach(() => {
    clock = new FakeClock()
    prober = new Prober({ clock, perSecond: 6000, probe() {}, free() {} })
  })

  it('may be answered for from the first probe on, until the window ends', async () => {
    prober.start(address, true)
    expect(prober.mayAnswer(address)).toBe(false)
    await clock.advance(milliseconds(1))
    expect(prober.mayAnswer(address)).toBe(true)
    await clock.advance(milliseconds(30))
    expect(prober.mayAnswer(address)).toBe(false)
  })

  it('is fresh no more once somebody answers, or asks the same', async () => {
    prober.start(address, true)
    await clock.advance(milliseconds(1))
    prober.answered(address)
    expect(prober.mayAnswer(address)).toBe(false)
    await clock.advance(milliseconds(1005))
    expect(prober.busy(address)).toBe(true)
    expect(prober.mayAnswer(address)).toBe(false)
    prober.stop(address)
    prober.start(address, true)
    await clock.advance(milliseconds(1))
    prober.asked(address)
    expect(prober.mayAnswer(address)).toBe(false)
  })

  it('is fresh no more once somebody claims it before its turn has come', async () => {
    prober.start(address, true)
    expect(prober.answered(address)).toBe(false)
    await clock.advance(milliseconds(1))
    expect(prober.busy(address)).toBe(true)
    expect(prober.mayAnswer(address)).toBe(false)
  })

  it('is fresh no more when its turn comes late', async () => {
    for (const other of addresses) prober.start(other, true)
    await clock.advance(milliseconds(11))
    expect(prober.mayAnswer(addresses[25]!)).toBe(true)
    await clock.advance(milliseconds(14))
    expect(prober.busy(addresses[45]!)).toBe(true)
    expect(prober.mayAnswer(addresses[45]!)).toBe(false)
  })

  it('is fresh no more when its window ends late', async () => {
    prober.start(address, true)
    await clock.advance(milliseconds(15))
    expect(prober.mayAnswer(address)).toBe(true)
    await clock.pause(milliseconds(60))
    await clock.advance(milliseconds(6))
    expect(prober.busy(address)).toBe(true)
    expect(prober.mayAnswer(address)).toBe(false)
  })
})
