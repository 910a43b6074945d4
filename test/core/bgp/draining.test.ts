import { describe, expect, it } from 'vitest'

import type { Stage, Target } from '#core/announcer.ts'
import { Draining, readDrainTime } from '#core/bgp/draining.ts'
import type { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeHost } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'

function target(address: string, stage: Stage): Target {
  return { address: address as Address, services: [], offers: [], stage }
}

function drained(seconds_: number) {
  const host = fakeHost()
  const clock = host.clock as FakeClock
  const draining = new Draining(host, seconds(seconds_))
  const of = (...targets: Target[]): string[] => [...draining.of(targets)]
  const wakes = (): number => host.observations.filter(({ kind }) => kind === 'wake').length
  return { clock, draining, of, wakes }
}

describe('targets that are to retire', () => {
  it('are drained for as long as it is said, and the host is woken at the end', async () => {
    const { clock, of, wakes } = drained(2)
    const targets = [target('192.0.2.1', 'retire'), target('192.0.2.2', 'serve'), target('192.0.2.3', 'arm')]
    expect(of(...targets)).toEqual(['192.0.2.1'])
    await clock.advance(seconds(1))
    expect(of(...targets)).toEqual(['192.0.2.1'])
    expect(wakes()).toBe(0)
    await clock.advance(seconds(1))
    expect(wakes()).toBe(1)
    expect(of(...targets)).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  it('have each an end of its own', async () => {
    const { clock, of, wakes } = drained(2)
    of(target('192.0.2.1', 'retire'), target('192.0.2.2', 'serve'))
    await clock.advance(seconds(1))
    const both = [target('192.0.2.1', 'retire'), target('192.0.2.2', 'retire')]
    expect(of(...both)).toEqual(['192.0.2.1', '192.0.2.2'])
    await clock.advance(seconds(1))
    expect(of(...both)).toEqual(['192.0.2.2'])
    await clock.advance(seconds(1))
    expect(of(...both)).toEqual([])
    expect(wakes()).toBe(2)
  })

  it('begin anew when they have been served meanwhile', async () => {
    const { clock, of } = drained(2)
    of(target('192.0.2.1', 'retire'))
    await clock.advance(seconds(1))
    expect(of(target('192.0.2.1', 'serve'))).toEqual([])
    expect(clock.pending()).toBe(0)
    await clock.advance(seconds(5))
    expect(of(target('192.0.2.1', 'retire'))).toEqual(['192.0.2.1'])
  })

  it('are not drained when it is switched off, and wake nobody after the stop', async () => {
    expect(drained(0).of(target('192.0.2.1', 'retire'))).toEqual([])
    const { clock, draining, of, wakes } = drained(1)
    of(target('192.0.2.1', 'retire'))
    draining.stop()
    await clock.advance(seconds(2))
    expect(wakes()).toBe(0)
  })
})

describe('the option drainTime', () => {
  const read = (value: unknown): number => readDrainTime(value, (allowed) => new Error(allowed))

  it('is a duration below the patience of the host, by default one second', () => {
    expect([undefined, '0s', '1500ms', '9s'].map(read)).toEqual([1000, 0, 1500, 9000])
  })

  it.each(['10s', '-1s', 3, 'soon', ''])('refuses %j', (value) => {
    expect(() => read(value)).toThrow('a duration from 0s to 9s')
  })
})
