import { describe, expect, it } from 'vitest'

import { Stopwatch, takeoverCause } from '#app/node/stopwatch.ts'
import type { Target, TargetStatus } from '#core/announcer.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import type { Address } from '#core/model/address.ts'
import { instantAt, milliseconds } from '#core/model/duration.ts'
import type { Labels, MetricScope } from '#core/ports.ts'

function measured() {
  const seen: [string, Labels, number][] = []
  const none = { add: () => {}, set: () => {}, remove: () => {} }
  const metrics: MetricScope = {
    counter: () => none,
    gauge: () => none,
    histogram: ({ name }) => ({ observe: (labels, value) => void seen.push([name, labels, value]) }),
  }
  const clock = new FakeClock()
  return { seen, clock, watch: new Stopwatch('l2', { clock, metrics }) }
}

const target = (address: string, stage: Target['stage'] = 'serve'): Target => ({
  address: address as Address,
  services: [],
  offers: [],
  stage,
})
const statuses = (phase: TargetStatus['phase'], ...addresses: string[]) =>
  new Map(addresses.map((address) => [address as Address, { address: address as Address, phase }] as const))

describe('stopwatch', () => {
  it('measures from the change to the first time an address is served, once', async () => {
    const { seen, clock, watch } = measured()
    await clock.advance(milliseconds(100))
    watch.desire([target('192.0.2.1')], { kind: 'change', at: instantAt(40) })
    watch.status(statuses('pending', '192.0.2.1'))
    await clock.advance(milliseconds(20))
    watch.status(statuses('serving', '192.0.2.1'))
    watch.status(statuses('serving', '192.0.2.1'))
    expect(seen).toEqual([['herald_announce_seconds', { announcer: 'l2', cause: 'change' }, 0.08]])
  })

  it('does not measure again what is served already, and forgets what is no longer wanted', () => {
    const { seen, watch } = measured()
    const cause = { kind: 'change', at: instantAt(0) } as const
    watch.desire([target('192.0.2.1')], cause)
    watch.status(statuses('serving', '192.0.2.1'))
    watch.desire([target('192.0.2.1'), target('192.0.2.2')], cause)
    watch.desire([target('192.0.2.1')], cause)
    watch.status(statuses('serving', '192.0.2.1', '192.0.2.2'))
    expect(seen).toHaveLength(1)
  })

  it('does not run while an address is only to be got ready', () => {
    const { seen, watch } = measured()
    watch.desire([target('192.0.2.1', 'arm')], { kind: 'start', at: instantAt(0) })
    watch.status(statuses('serving', '192.0.2.1'))
    expect(seen).toEqual([])
  })

  it('measures from the wish to withdraw until the announcer has, and what comes back is no withdrawal', async () => {
    const { seen, clock, watch } = measured()
    const cause = { kind: 'change', at: instantAt(0) } as const
    watch.desire([target('192.0.2.1'), target('192.0.2.2'), target('192.0.2.3')], cause)
    watch.status(statuses('serving', '192.0.2.1', '192.0.2.2'))
    seen.length = 0
    watch.desire([target('192.0.2.1', 'retire')], cause)
    await clock.advance(milliseconds(30))
    watch.status(statuses('serving', '192.0.2.1', '192.0.2.2'))
    expect(seen).toEqual([])
    watch.status(statuses('silent', '192.0.2.1'))
    watch.status(new Map())
    const silence = ['herald_silence_seconds', { announcer: 'l2' }, 0.03]
    expect(seen).toEqual([silence, silence])
    watch.desire([target('192.0.2.1')], cause)
    watch.status(statuses('serving', '192.0.2.1'))
    seen.length = 0
    watch.desire([], cause)
    watch.desire([target('192.0.2.1')], cause)
    watch.status(new Map())
    expect(seen.filter(([name]) => name === 'herald_silence_seconds')).toEqual([])
  })

  it('measures everything that was told when the process ends', async () => {
    const { seen, clock, watch } = measured()
    watch.desire([target('192.0.2.1'), target('192.0.2.2')], { kind: 'change', at: instantAt(0) })
    watch.status(statuses('serving', '192.0.2.1'))
    seen.length = 0
    expect(watch.leaveAll()).toBe(1)
    await clock.advance(milliseconds(40))
    watch.status(statuses('serving', '192.0.2.1'))
    expect(watch.toldNow()).toBe(1)
    watch.status(new Map())
    expect(seen).toEqual([['herald_silence_seconds', { announcer: 'l2' }, 0.04]])
    expect(watch.toldNow()).toBe(0)
  })

  it('counts a takeover of several from the one that was heard last; one that never was has no such time', () => {
    const signs: Record<string, number> = { a: 10, b: 30 }
    const lastHeard = (node: string) => (signs[node] === undefined ? undefined : instantAt(signs[node]))
    const lost = takeoverCause(['a', 'b', 'c'], lastHeard, instantAt(400))
    expect(lost).toEqual({ kind: 'takeover', at: 400, lastHeard: 30 })
    expect(takeoverCause(['c'], lastHeard, instantAt(400))).toEqual({ kind: 'takeover', at: 400 })
  })

  it('measures a takeover from the last sign of life of the node that was lost', async () => {
    const { seen, clock, watch } = measured()
    await clock.advance(milliseconds(500))
    watch.desire([target('192.0.2.1')], { kind: 'takeover', at: instantAt(450), lastHeard: instantAt(100) })
    watch.status(statuses('serving', '192.0.2.1'))
    expect(seen).toEqual([
      ['herald_announce_seconds', { announcer: 'l2', cause: 'takeover' }, 0.05],
      ['herald_failover_seconds', {}, 0.4],
    ])
  })
})
