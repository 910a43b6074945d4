import { createHmac } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import type { BeatWire } from '#app/membership/beat-wire.ts'
import { HeartbeatEngine } from '#app/membership/heartbeat-engine.ts'
import { Heartbeats, type EngineHost } from '#app/membership/heartbeats.ts'
import { openSignedWire } from '#app/membership/signed-wire.ts'
import { isLost } from '#app/node/nodes.ts'
import { fenceOver } from '#core/announcer.ts'
import { FakeClock, settle } from '#core/fakes/fake-clock.ts'
import { fakeLogger, FakeMetrics, type LogLine } from '#core/fakes/fake-host.ts'
import { bootFrom } from '#core/membership/boot.ts'
import { profiles } from '#core/membership/timing.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'

/** A network in memory: the address of a node is its name. The engines run in place of the poll loop. */
class World {
  readonly clock = new FakeClock()
  taken = false
  opened = 0
  private readonly receivers = new Map<string, (message: Uint8Array) => void>()

  node(self: string, keys: readonly [string, ...string[]] = ['the key of this folder']) {
    const lines: LogLine[] = []
    const metrics = new FakeMetrics()
    const monotonic = (): number => Math.floor(this.clock.now())
    const grants = new GrantBook({ node: self, slots: 8, monotonic })
    const bytes = keys.map((key) => Buffer.from(key)) as [Buffer, ...Buffer[]]
    let useKeys: ((keys: readonly [Uint8Array, ...Uint8Array[]]) => void) | undefined
    const one = new Heartbeats({
      self,
      boot: bootFrom(new TextEncoder().encode(self.padEnd(8, '.'))),
      keys: bytes,
      followKeys: (use) => {
        useKeys = use
        return () => {}
      },
      port: 7473,
      timing: profiles.default,
      policy: 'available',
      fence: grants.fence.memory,
      host: this.host(self, monotonic),
      clock: this.clock,
      log: fakeLogger(lines),
      metrics,
    })
    return {
      one,
      useKeys: (keys: readonly [Uint8Array, ...Uint8Array[]]) => useKeys?.(keys),
      lines,
      metrics,
      grants,
      fence: fenceOver(grants.fence.memory, monotonic),
    }
  }

  private host(self: string, monotonic: () => number): EngineHost {
    return {
      start: async (init, { message }) => {
        const engine = new HeartbeatEngine({
          init,
          clock: this.clock,
          monotonic,
          openWire: (keys, ears) =>
            openSignedWire({
              ...ears,
              keys,
              macUnder: (key) => (bytes) => createHmac('sha256', key).update(bytes).digest(),
              open: (received) => this.open(self, received),
            }),
          framesHeard: () => undefined,
          emit: message,
        })
        return { post: (body) => engine.handle(body), close: async () => engine.close() }
      },
    }
  }

  private open(self: string, received: (message: Uint8Array) => void): BeatWire {
    if (this.taken) throw new Error('bind EADDRINUSE 0.0.0.0:7473')
    this.opened += 1
    this.receivers.set(self, received)
    return {
      // Later: a datagram does not arrive while it is being sent.
      send: (message, address) =>
        void this.clock.after(milliseconds(0.1), () =>
          this.receivers.get(address)?.(Uint8Array.from(message)),
        ),
      drain: () => {},
      close: () => this.receivers.delete(self),
    }
  }
}

const vip = parseAddress('192.0.2.10') as Address
const both = [
  { node: 'a', addresses: ['a'] },
  { node: 'b', addresses: ['b'] },
]
const peer = (of: Heartbeats, name: string) => of.members().find(({ node }) => node === name)

async function pair(keysOfB?: readonly [string, ...string[]]) {
  const world = new World()
  const [a, b] = [world.node('a'), world.node('b', keysOfB)]
  for (const { one } of [a, b]) {
    one.expect(both)
    one.start()
    await settle()
  }
  await world.clock.advance(milliseconds(1100))
  return { world, a, b }
}

describe('heartbeats', () => {
  it('need no peers: a node alone takes part at once and opens no socket', async () => {
    const world = new World()
    const { one } = world.node('a')
    one.expect([{ node: 'a', addresses: ['a'] }])
    one.start()
    expect(one.takesPart()).toBe(true)
    expect(world.opened).toBe(0)
    await one.stop()
    expect(world.clock.pending()).toBe(0)
  })

  it('make two nodes know each other', async () => {
    const { a, b } = await pair()
    for (const { one, metrics } of [a, b]) {
      expect(one.members().map(({ alive }) => alive)).toEqual([true, true])
      expect(one.takesPart()).toBe(true)
      expect(metrics.value('herald_heartbeats_received_total', {})).toBeGreaterThan(0)
    }
  })

  it('of one that listens do not make it one to rely on, nor one that is lost', async () => {
    const world = new World()
    const [a, b] = [world.node('a'), world.node('b')]
    for (const { one } of [a, b]) {
      one.expect([...both, { node: 'c', addresses: ['c'] }])
      one.start()
      await settle()
    }
    await world.clock.advance(milliseconds(100))
    expect(peer(a.one, 'b')).toEqual({
      node: 'b',
      alive: false,
      detail: 'starting: it listens before it takes part',
    })
    expect(isLost(a.one, 'b')).toBe(false)
    expect(isLost(a.one, 'c')).toBe(false)
  })

  it('say how late they were for themselves', async () => {
    const { world, a } = await pair()
    await world.clock.advance(milliseconds(1500))
    expect(a.metrics.has('herald_heartbeat_lateness_seconds', {})).toBe(true)
    expect(a.metrics.value('herald_heartbeat_lateness_seconds', {})).toBeLessThan(0.001)
  })

  it('that stop are missed, and listeners told', async () => {
    const { world, a, b } = await pair()
    let told = 0
    a.one.onChange(() => told++)
    await b.one.stop()
    const stopped = world.clock.now()
    await world.clock.advance(milliseconds(450))
    expect(peer(a.one, 'b')?.alive).toBe(false)
    expect(isLost(a.one, 'b')).toBe(true)
    const last = a.one.lastHeard('b')
    expect(last! - stopped).toBeLessThanOrEqual(0.2)
    expect(last! - stopped).toBeGreaterThan(-30)
    expect(told).toBeGreaterThan(0)
  })

  it('say farewell at once', async () => {
    const { world, a, b } = await pair()
    await b.one.leave()
    await world.clock.advance(milliseconds(1))
    expect(peer(a.one, 'b')).toEqual({ node: 'b', alive: false, detail: 'left' })
    expect(isLost(a.one, 'b')).toBe(true)
    expect(b.one.takesPart()).toBe(false)
  })

  it('of another key are refused and counted', async () => {
    const { a } = await pair(['another key altogether'])
    expect(peer(a.one, 'b')?.alive).toBe(false)
    expect(a.metrics.value('herald_heartbeats_refused_total', { reason: 'bad-mac' })).toBeGreaterThan(1)
  })

  it('on a taken port keep the node out and say why, until the port is free', async () => {
    const world = new World()
    world.taken = true
    const { one, lines } = world.node('a')
    one.expect(both)
    one.start()
    await world.clock.advance(milliseconds(900))
    expect(one.problem()).toBe('UDP port 7473 for heartbeats: bind EADDRINUSE 0.0.0.0:7473')
    expect(one.takesPart()).toBe(false)
    world.taken = false
    await world.clock.advance(milliseconds(2000))
    expect(one.problem()).toBeUndefined()
    expect(one.takesPart()).toBe(true)
    expect(lines.map(({ message }) => message)).toEqual([
      'heartbeats do not work, this node takes no part',
      'heartbeats work again',
    ])
  })

  it('are believed under an old key and a new one while the key is replaced', async () => {
    const { world, a, b } = await pair(['a new key of this folder', 'the key of this folder'])
    expect(peer(b.one, 'a')?.alive).toBe(false)
    a.useKeys([Buffer.from('the key of this folder'), Buffer.from('a new key of this folder')])
    await world.clock.advance(milliseconds(1000))
    for (const { one } of [a, b]) expect(one.members().every(({ alive }) => alive)).toBe(true)
  })

  it('close the fence of a node that learns of a higher epoch, before the main thread hears of it', async () => {
    const { world, a, b } = await pair()
    const grant = a.grants.grant(vip)!
    const holding = (counter: number) => ({ claim: { address: vip, counter, state: 'held' as const } })
    a.one.claim([{ ...holding(grant.epoch.counter), slot: grant.slot }], [])
    await world.clock.advance(milliseconds(10))
    expect(a.fence.permits(grant)).toBe(true)
    expect(b.one.claimsOn(vip)).toEqual([
      { node: 'a', address: vip, counter: grant.epoch.counter, state: 'held' },
    ])
    const told: unknown[] = []
    a.one.onOutranked((outranked) => told.push([a.fence.permits(grant), outranked.by]))
    b.one.claim([holding(grant.epoch.counter + 1)], [])
    await world.clock.advance(milliseconds(10))
    expect(told).toEqual([[false, { counter: grant.epoch.counter + 1, node: 'b' }]])
  })

  it('know whether anybody has ever said something of a data path', async () => {
    const { world, a, b } = await pair()
    const heard: Address[] = []
    b.one.onWords((addresses) => heard.push(...addresses))
    a.one.claim([{ claim: { address: vip, counter: 1, state: 'held' } }], [])
    await world.clock.advance(milliseconds(10))
    expect([heard, b.one.pathsAreTold()]).toEqual([[vip], false])
    a.one.claim([{ claim: { address: vip, counter: 0, state: 'shut' } }], [])
    await world.clock.advance(milliseconds(10))
    expect([a.one.pathsAreTold(), b.one.pathsAreTold()]).toEqual([true, true])
  })

  it('leave the fence open no longer than a pause may last', async () => {
    const { world, a } = await pair()
    const grant = a.grants.grant(vip)!
    expect(a.fence.permits(grant)).toBe(true)
    await a.one.stop()
    await world.clock.advance(profiles.default.deadAfter)
    expect(a.fence.permits(grant)).toBe(false)
  })

  it('leave nothing pending when stopped', async () => {
    const { world, a, b } = await pair()
    await Promise.all([a.one.stop(), b.one.stop()])
    await world.clock.advance(milliseconds(1))
    expect(world.clock.pending()).toBe(0)
  })
})
