import { describe, expect, it } from 'vitest'

import type { Address } from '#core/model/address.ts'
import { encodeArp } from '#plugins/l2/wire/arp.ts'
import { BROADCAST, NO_MAC } from '#plugins/l2/wire/ethernet.ts'
import { gratuitousFrames } from '#plugins/l2/gratuitous.ts'
import { lostBetween, overlapOf, sightingsOf, takenOverAfter } from './sightings.ts'

const address = '192.0.2.10' as Address
const mac = Uint8Array.of(2, 0, 0, 0, 0, 1)
const seen = (mac: string, ...times: number[]) => times.map((at) => ({ at, mac }))

describe('sightings', () => {
  it('tell answers, questions and announcements apart', () => {
    const asker = { mac: Uint8Array.of(2, 0, 0, 0, 0, 9), address: '192.0.2.9' as Address }
    const reply = encodeArp({
      destination: asker.mac,
      source: mac,
      operation: 'reply',
      sender: { mac, address },
      target: asker,
    })
    const question = encodeArp({
      destination: BROADCAST,
      source: asker.mac,
      operation: 'request',
      sender: asker,
      target: { mac: NO_MAC, address },
    })
    const frames = [reply, question, ...gratuitousFrames(address, mac)]
    const found = sightingsOf(
      frames.map((frame, at) => ({ at, frame })),
      address,
    )
    expect(found.arp).toEqual([{ at: 0, mac: '02:00:00:00:00:01' }])
    expect(found.announced.map(({ at }) => at)).toEqual([2, 3])
  })

  it('give the time until somebody else answered', () => {
    const all = [...seen('a', 0, 90, 105), ...seen('b', 400)]
    expect(takenOverAfter(all, 100, 'a')).toBe(300)
    expect(takenOverAfter(all.slice(0, 3), 100, 'a')).toBeUndefined()
  })

  it('give the longest time that two answered', () => {
    expect(overlapOf(seen('a', 0, 10, 20))).toBe(0)
    const twice = [...seen('a', 0, 50, 90, 900), ...seen('b', 4, 55, 95, 905)]
    expect(overlapOf(twice)).toBe(100)
  })

  it('give the datagrams that were never answered', () => {
    const asked = [1, 2, 3].map((number) => ({ at: number, mac: 'a', number }))
    const answered = [{ at: 3, mac: 'a', number: 2 }]
    expect(lostBetween({ arp: [], announced: [], asked, answered }, 2, 9)).toEqual([3])
  })
})
