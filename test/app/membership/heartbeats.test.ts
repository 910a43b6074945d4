import { describe, expect, it } from 'vitest'

import type { BeatLink, BeatSocketOptions } from '#app/membership/beat-socket.ts'
import { Heartbeats } from '#app/membership/heartbeats.ts'
import { FakeClock, settle } from '#core/fakes/fake-clock.ts'
import { fakeLogger, FakeMetrics, type LogLine } from '#core/fakes/fake-host.ts'
import { bootFrom } from '#core/membership/boot.ts'
import { timingOf } from '#core/membership/timing.ts'
import { milliseconds } from '#core/model/duration.ts'

/** A network in memory: the address of a node is its name. */
class World {
  readonly clock = new FakeClock()
  taken = false
  opened = 0
  private readonly receivers = new Map<string, (message: Uint8Array) => void>()

  node(self: string, key = 'the key of this folder') {
    const lines: LogLine[] = []
    const metrics = new FakeMetrics()
    const one = new Heartbeats({
      self,
      boot: bootFrom(new TextEncoder().encode(self.padEnd(8, '.'))),
      key: Buffer.from(key),
      port: 7473,
      openLink: (options) => this.open(self, options),
      timing: timingOf(milliseconds(50), milliseconds(350)),
      clock: this.clock,
      log: fakeLogger(lines),
      metrics,
    })
    return { one, lines, metrics }
  }

  private async open(self: string, { received }: BeatSocketOptions): Promise<BeatLink> {
    if (this.taken) throw new Error('bind EADDRINUSE 0.0.0.0:7473')
    this.opened += 1
    this.receivers.set(self, received)
    return {
      send: async (message, address) => this.receivers.get(address)?.(Uint8Array.from(message)),
      close: () => this.receivers.delete(self),
    }
  }
}

const both = [
  { node: 'a', addresses: ['a'] },
  { node: 'b', addresses: ['b'] },
]
const peer = (of: Heartbeats, name: string) => of.members().find(({ node }) => node === name)

async function pair(keyOfB?: string) {
  const world = new World()
  const [a, b] = [world.node('a'), world.node('b', keyOfB)]
  for (const { one } of [a, b]) {
    one.expect(both)
    await settle()
    one.start()
  }
  await world.clock.advance(milliseconds(200))
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

  it('make two nodes know each other well before a threshold has passed', async () => {
    const { a, b } = await pair()
    for (const { one, metrics } of [a, b]) {
      expect(one.members().map(({ alive }) => alive)).toEqual([true, true])
      expect(one.takesPart()).toBe(true)
      expect(metrics.value('herald_heartbeats_received_total', {})).toBeGreaterThan(0)
    }
  })

  it('that stop are missed, and listeners told', async () => {
    const { world, a, b } = await pair()
    let told = 0
    a.one.onChange(() => told++)
    await b.one.stop()
    const last = a.one.lastHeard('b')
    await world.clock.advance(milliseconds(450))
    expect(peer(a.one, 'b')?.alive).toBe(false)
    expect(a.one.lastHeard('b')).toBe(last)
    expect(told).toBe(1)
  })

  it('say farewell at once', async () => {
    const { a, b } = await pair()
    await b.one.leave()
    expect(peer(a.one, 'b')).toEqual({ node: 'b', alive: false, detail: 'left' })
    expect(b.one.takesPart()).toBe(false)
  })

  it('of another key are refused and counted', async () => {
    const { a } = await pair('another key altogether')
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

  it('leave nothing pending when stopped', async () => {
    const { world, a, b } = await pair()
    await Promise.all([a.one.stop(), b.one.stop()])
    expect(world.clock.pending()).toBe(0)
  })
})
