import { beforeEach, describe, expect, it } from 'vitest'

import type { Announcer, DesiredState, Target } from '#core/announcer.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import type { FakeClock } from '#core/fakes/fake-clock.ts'
import { seconds } from '#core/model/duration.ts'
import { createL2Announcer } from '#plugins/l2/announcer.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import { metricSpecs } from '#plugins/l2/metrics.ts'
import type { DriverEvents, L2Delta, StartDriver } from '#plugins/l2/protocol.ts'
import { arp } from './frames.ts'
import { ip, link, MemoryLan } from './memory-lan.ts'

const V4 = ip('192.0.2.10')
const OTHER = ip('192.0.2.11')
const { signal } = new AbortController()

let host: FakeHost
let lan: MemoryLan
let announcer: Announcer
let deltas: L2Delta[]
let starts: number
let events: DriverEvents
/** Runs while the engine is being told. */
let meanwhile: () => void

beforeEach(async () => {
  host = fakeHost()
  lan = new MemoryLan(link(2, 'eth0'))
  deltas = []
  starts = 0
  meanwhile = () => undefined
  const start: StartDriver = async (init, driverEvents) => {
    starts++
    events = driverEvents
    const driver = await lan.startDriver(host.clock)(init, driverEvents)
    return {
      apply: async (delta) => {
        deltas.push(delta)
        meanwhile()
        await driver.apply(delta)
      },
      close: () => driver.close(),
    }
  }
  announcer = createL2Announcer(parseConfig({ probe: false, witnessPerSecond: 0 }), host, start)
  await announcer.open(signal)
})

let generation = 0
function desired(...targets: readonly (string | Target)[]): DesiredState {
  const full = targets.map((target) => (typeof target === 'string' ? targetOf(target) : target))
  return { generation: ++generation, targets: full, resources: {} }
}

function targetOf(address: string, more: Partial<Target> = {}): Target {
  const grant = host.grants.grant(ip(address))
  const offers = [{ advertisement: 'L2Advertisement test/lan', options: {} }]
  return { address: ip(address), services: [], offers, stage: 'serve', ...(grant ? { grant } : {}), ...more }
}

const offering = (...interfaces: (readonly string[] | undefined)[]): Partial<Target> => ({
  offers: interfaces.map((names, i) => ({
    advertisement: `L2Advertisement test/${i}`,
    options: names ? { interfaces: names } : {},
  })),
})

describe('the l2 announcer', () => {
  it('sends the engine only what changed', async () => {
    await announcer.reconcile(desired(V4), signal)
    await announcer.reconcile(desired(V4, OTHER), signal)
    await announcer.reconcile(desired(OTHER), signal)
    await announcer.reconcile(desired(OTHER), signal)
    expect(deltas.map(({ put, drop }) => [put.map(({ address }) => address), drop])).toEqual([
      [[V4], []],
      [[OTHER], []],
      [[], [V4]],
      [[], []],
    ])
  })

  it('looks again at a target that is not where it should be, though it is wanted as before', async () => {
    const grant = host.grants.grant(V4)!
    host.grants.suspend()
    const first = await announcer.reconcile(desired(targetOf(V4, { grant })), signal)
    expect(first.targets[0]).toMatchObject({ phase: 'armed', reason: 'FenceClosed' })
    host.grants.resume()
    const second = await announcer.reconcile(desired(targetOf(V4, { grant })), signal)
    expect(second.targets[0]).toMatchObject({ phase: 'serving' })
    expect(lan.answers(V4)).toBe(true)
  })

  it('unites the interfaces of several offers; one without names means all', async () => {
    await announcer.reconcile(desired(targetOf(V4, offering(['eth1', 'eth0'], ['eth0']))), signal)
    await announcer.reconcile(desired(targetOf(V4, offering(['eth1'], undefined))), signal)
    await announcer.reconcile(desired(targetOf(V4, offering([]))), signal)
    expect(deltas.map(({ put }) => put.map(({ interfaces }) => interfaces))).toEqual([
      [['eth0', 'eth1']],
      [undefined],
      [],
    ])
  })

  it('corrects with the next reconcile what an aborted one left behind', async () => {
    const controller = new AbortController()
    meanwhile = () => controller.abort(new Error('newer state'))
    await expect(announcer.reconcile(desired(V4), controller.signal)).rejects.toThrow('newer state')
    expect(lan.answers(V4)).toBe(true)
    await announcer.reconcile(desired(OTHER), signal)
    expect(lan.answers(V4)).toBe(false)
    expect(lan.answers(OTHER)).toBe(true)
  })

  it('refuses to begin what is aborted already', async () => {
    const aborted = AbortSignal.abort(new Error('too late'))
    await expect(announcer.open(aborted)).rejects.toThrow('too late')
    await expect(announcer.reconcile(desired(V4), aborted)).rejects.toThrow('too late')
    expect(deltas).toEqual([])
  })

  it('reports what changes between reconciles, and not what a reconcile answers', async () => {
    host.observations.length = 0
    await announcer.reconcile(desired(V4), signal)
    expect(host.observations).toEqual([])
    lan.setLinks(link(2, 'eth0', { running: false }))
    expect(host.observations).toContainEqual({
      kind: 'target',
      address: V4,
      phase: 'pending',
      reason: 'NoInterface',
      message: 'no interface can carry IPv4 here: eth0 has no carrier',
    })
  })

  it('reports the subnets it can reach, once per change', () => {
    const reach = () => host.observations.filter(({ kind }) => kind === 'reach')
    expect(reach()).toEqual([{ kind: 'reach', subnets: ['192.0.2.0/24'] }])
    lan.setLinks(link(2, 'eth0'))
    expect(reach()).toHaveLength(1)
    lan.setLinks()
    expect(reach().at(-1)).toEqual({ kind: 'reach', subnets: [] })
  })

  it('reports and logs a stranger', async () => {
    await announcer.reconcile(desired(V4), signal)
    for (let i = 0; i < 2; i++) {
      lan.hear(arp({ sender: V4, target: V4 }))
      await (host.clock as FakeClock).advance(seconds(1))
    }
    const conflict = { address: V4, hardwareAddress: '02:00:00:00:00:09', via: 'eth0' }
    expect(host.observations).toContainEqual({ kind: 'conflict', ...conflict })
    expect(host.lines.some(({ level, fields }) => level === 'warn' && fields['ip'] === V4)).toBe(true)
  })

  it('starts a failed engine again and tells it everything', async () => {
    await announcer.reconcile(desired(V4), signal)
    events.lost('out of memory')
    expect(host.observations).toContainEqual({ kind: 'wake', reason: 'the l2 engine failed' })
    expect(
      host.lines.some(({ level, fields }) => level === 'error' && fields['error'] === 'out of memory'),
    ).toBe(true)
    const status = await announcer.reconcile(desired(V4), signal)
    expect(status.targets).toMatchObject([{ phase: 'serving' }])
    expect(starts).toBe(2)
    expect(deltas.at(-1)?.put).toHaveLength(1)
  })

  it('rejects while the engine cannot be started, and works once it can', async () => {
    let broken = true
    const start: StartDriver = (init, driverEvents) =>
      broken ? Promise.reject(new Error('no such device')) : lan.startDriver(host.clock)(init, driverEvents)
    const stubborn = createL2Announcer(parseConfig({ probe: false }), host, start)
    await expect(stubborn.open(signal)).rejects.toThrow('no such device')
    await expect(stubborn.reconcile(desired(V4), signal)).rejects.toThrow('no such device')
    broken = false
    expect((await stubborn.reconcile(desired(V4), signal)).targets).toMatchObject([{ phase: 'serving' }])
  })
})

describe('the metrics', () => {
  it('follow the tally and go with the address', async () => {
    await announcer.reconcile(desired(V4), signal)
    lan.answers(V4)
    await (host.clock as FakeClock).advance(seconds(1))
    const value = (name: string): number => host.metrics.value(name, { ip: V4 })
    expect(value('metallb_layer2_requests_received')).toBe(1)
    expect(value('metallb_layer2_responses_sent')).toBe(1)
    expect(value('metallb_layer2_gratuitous_sent')).toBe(5)
    await announcer.reconcile(desired(), signal)
    expect(host.metrics.seriesCount()).toBe(0)
  })

  it('are registered when the plugin is made', () => {
    expect([...host.metrics.specs.keys()].toSorted()).toEqual(metricSpecs.map(({ name }) => name).toSorted())
  })
})
