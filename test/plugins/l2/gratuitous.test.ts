import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { instantAt } from '#core/model/duration.ts'
import { gratuitousFrames, GratuitousSchedule } from '#plugins/l2/gratuitous.ts'
import { decodeArp } from '#plugins/l2/wire/arp.ts'
import { macText } from '#plugins/l2/wire/ethernet.ts'
import { decodeNdp } from '#plugins/l2/wire/ndp.ts'
import { ALL_ONES, macOf } from './frames.ts'
import { ip } from './memory-lan.ts'

describe('a gratuitous round', () => {
  it('tells IPv4 neighbours in both forms', () => {
    const address = '192.0.2.10'
    const common = {
      destination: ALL_ONES,
      source: macOf(1),
      sender: { mac: macOf(1), address },
    }
    expect(gratuitousFrames(ip(address), macOf(1)).map(decodeArp)).toEqual([
      { ...common, operation: 'request', target: { mac: new Uint8Array(6), address } },
      { ...common, operation: 'reply', target: { mac: macOf(1), address } },
    ])
  })

  it('repeats each form in turn', () => {
    const [request, reply] = gratuitousFrames(ip('192.0.2.10'), macOf(1))
    const later = [1, 2, 3].map((round) => gratuitousFrames(ip('192.0.2.10'), macOf(1), round))
    expect(later).toEqual([[reply], [request], [reply]])
    expect(gratuitousFrames(ip('fd00::10'), macOf(1), 3)).toEqual(gratuitousFrames(ip('fd00::10'), macOf(1)))
  })

  it('tells IPv6 neighbours with one unsolicited advertisement to all nodes', () => {
    const [frame, ...more] = gratuitousFrames(ip('fd00::10'), macOf(1))
    expect(more).toEqual([])
    expect(macText(frame!.subarray(0, 6))).toBe('33:33:00:00:00:01')
    expect(decodeNdp(frame!)).toMatchObject({
      message: {
        source: 'fd00::10',
        destination: 'ff02::1',
        target: 'fd00::10',
        solicited: false,
        override: true,
        router: false,
        mac: macOf(1),
      },
    })
  })
})

/** Runs the schedule to its end, taking one at every instant it asks for; who was due when. */
function play(schedule: GratuitousSchedule<string>): (readonly [string, number])[] {
  const played: (readonly [string, number])[] = []
  for (let next = schedule.next(); next !== undefined; next = schedule.next())
    played.push([schedule.take(next)!.key, next])
  return played
}

describe('the gratuitous schedule', () => {
  it('repeats quickly at first, then every 1.1 s, for less than five seconds', () => {
    const schedule = new GratuitousSchedule<string>()
    schedule.start('a', instantAt(1000))
    expect(play(schedule).map(([, at]) => at - 1000)).toEqual([0, 50, 150, 400, 1100, 2200, 3300, 4400])
  })

  it('gives one at a time, the earliest first, with its round', () => {
    const schedule = new GratuitousSchedule<string>()
    for (const key of ['a', 'b']) schedule.start(key, instantAt(0))
    const taken = [60, 60, 60, 110].map((at) => schedule.take(instantAt(at)))
    expect(taken.map((due) => due && [due.key, due.round])).toEqual([['a', 0], ['b', 0], undefined, ['a', 1]])
  })

  it('forgets what is cancelled and begins anew what is started again', () => {
    const schedule = new GratuitousSchedule<string>()
    schedule.start('a', instantAt(0))
    schedule.start('b', instantAt(0))
    schedule.take(instantAt(0))
    schedule.take(instantAt(0))
    schedule.cancel('a')
    schedule.start('b', instantAt(20))
    const played = play(schedule)
    expect(played.filter(([key]) => key === 'a')).toEqual([])
    expect(played.map(([, at]) => at - 20)).toEqual([0, 50, 150, 400, 1100, 2200, 3300, 4400])
  })

  it('gives every key all its rounds in order of time, however many start when', () => {
    const starts = fc.array(fc.nat(3000), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(starts, (instants) => {
        const schedule = new GratuitousSchedule<string>()
        const sorted = instants.toSorted((a, b) => a - b)
        for (const [i, at] of sorted.entries()) schedule.start(`${i}`, instantAt(at))
        const played = play(schedule)
        const times = played.map(([, at]) => at)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        for (const [i] of sorted.entries()) expect(played.filter(([key]) => key === `${i}`)).toHaveLength(8)
      }),
    )
  })
})
