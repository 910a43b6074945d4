import { beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '#core/fakes/fake-clock.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import { Engine } from '#plugins/l2/engine.ts'
import { gratuitousFrames } from '#plugins/l2/gratuitous.ts'
import { probeFrame } from '#plugins/l2/probe.ts'
import type { EngineEvent } from '#plugins/l2/protocol.ts'
import { decodeArp } from '#plugins/l2/wire/arp.ts'
import { macText } from '#plugins/l2/wire/ethernet.ts'
import { arp, linkLayerOption, macOf, ndp } from './frames.ts'
import { ip, link, MemoryLan } from './memory-lan.ts'

const V4 = ip('192.0.2.10')
const V6 = ip('fd00::10')
const [OWNER, OTHER, THIRD] = [macOf(11), macOf(12), macOf(13)]

let clock: FakeClock
let book: GrantBook
let lan: MemoryLan
let engine: Engine
let events: EngineEvent[]

beforeEach(() => start({}))

function start(config: object): void {
  clock = new FakeClock()
  book = new GrantBook({ node: 'node-a', slots: 64 })
  lan = new MemoryLan(link(2, 'eth0'))
  events = []
  const emit = (event: EngineEvent): void => void events.push(event)
  engine = new Engine({ config: parseConfig(config), fence: book.fence, clock, wire: lan, emit })
  lan.attach(engine)
}

const watch = (...addresses: readonly Address[]): void =>
  engine.apply({ put: [], drop: [], watch: addresses })
const conflicts = () => events.filter((event) => event.kind === 'conflict')
function announce(address: Address, mac: Uint8Array): void {
  for (const frame of gratuitousFrames(address, mac)) lan.hear(frame)
}
/** What a host at `mac` answers this node. */
const reply = (mac: Uint8Array, address = V4): Uint8Array =>
  arp({ sender: address, target: '0.0.0.0', operation: 2, destination: macOf(2), senderMac: mac })

/** Runs until the engine asks, and answers for everybody given. */
async function askedAndAnswered(...macs: readonly Uint8Array[]): Promise<void> {
  const before = lan.sent.length
  for (let i = 0; i < 200 && lan.sent.length === before; i++) await clock.advance(milliseconds(50))
  expect(lan.sent).toHaveLength(before + 1)
  for (const mac of macs) lan.hear(reply(mac))
  await clock.advance(milliseconds(40))
}

describe('of an address that another node answers for, the engine', () => {
  it('asks the segment when somebody else than before claims it, and reports that two answer', async () => {
    watch(V4)
    announce(V4, OWNER)
    await askedAndAnswered(OWNER)
    expect(conflicts()).toEqual([])
    const claimed = clock.now()
    announce(V4, OTHER)
    await askedAndAnswered(OWNER, OTHER)
    expect(clock.now() - claimed).toBeLessThan(2000)
    expect(conflicts()).toEqual([
      { kind: 'conflict', address: V4, hardwareAddress: macText(OTHER), via: 'eth0' },
    ])
    await askedAndAnswered(OWNER, OTHER)
    engine.close()
    const counted = events.flatMap((event) => (event.kind === 'tally' ? event.addresses : []))
    expect(counted.reduce((sum, [, { conflicts: times }]) => sum + times, 0)).toBe(2)
  })

  it('asks with a probe, and never answers', async () => {
    watch(V4)
    expect(lan.answers(V4)).toBe(false)
    announce(V4, OWNER)
    await askedAndAnswered(OWNER)
    expect(decodeArp(lan.sent.at(-1)!.frame)).toMatchObject({
      operation: 'request',
      sender: { address: '0.0.0.0' },
      target: { address: V4 },
    })
    expect(lan.sent).toHaveLength(1)
  })

  it('finds nothing wrong with a move, and asks no more once it knows the new owner', async () => {
    watch(V4)
    announce(V4, OWNER)
    await askedAndAnswered(OWNER)
    announce(V4, OTHER)
    await askedAndAnswered(OTHER)
    const asked = lan.sent.length
    for (let i = 0; i < 5; i++) {
      announce(V4, OTHER)
      await clock.advance(seconds(2))
    }
    expect(lan.sent).toHaveLength(asked)
    expect(conflicts()).toEqual([])
  })

  it('lets another node ask: one is enough', async () => {
    watch(V4)
    announce(V4, OWNER)
    await clock.advance(milliseconds(1000))
    lan.hear(probeFrame(V4, THIRD))
    await clock.advance(seconds(3))
    expect(lan.sent).toEqual([])
  })

  it('does not take the question of a claimant for that of a witness', async () => {
    watch(V4)
    announce(V4, OWNER)
    await clock.advance(milliseconds(1000))
    lan.hear(probeFrame(V4, OWNER))
    await askedAndAnswered(OWNER)
  })

  it('finds a second advertiser of an IPv6 address', async () => {
    watch(V6)
    announce(V6, OWNER)
    for (let i = 0; i < 30 && lan.sent.length === 0; i++) await clock.advance(milliseconds(100))
    for (const mac of [OWNER, OTHER]) {
      const options = linkLayerOption(2, mac)
      lan.hear(ndp({ type: 136, source: V6, destination: 'ff02::1', target: V6, options }))
    }
    await clock.advance(milliseconds(40))
    expect(conflicts()).toMatchObject([{ address: V6, hardwareAddress: macText(OTHER) }])
  })

  it('keeps to its rate when two thousand move at once, and asks no more about those that stay where they went', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => ip(`198.18.${i >> 8}.${i & 255}`))
    watch(...many)
    for (const address of many) announce(address, OWNER)
    await clock.advance(seconds(2))
    for (const address of many) announce(address, OWNER)
    await clock.advance(seconds(10))
    expect(lan.sent.length).toBeGreaterThan(10)
    expect(lan.sent.length).toBeLessThan(150)
    expect(conflicts()).toEqual([])
  })

  it('does not overlook a stranger among them', async () => {
    const many = Array.from({ length: 500 }, (_, i) => ip(`198.18.${i >> 8}.${i & 255}`))
    watch(V4, ...many)
    for (const address of [...many, V4]) announce(address, OWNER)
    await clock.advance(seconds(3))
    const asked = (): boolean =>
      lan.sent.some(({ frame }) => {
        const question = decodeArp(frame)
        return typeof question !== 'string' && question.target.address === V4
      })
    announce(V4, OTHER)
    announce(V4, OWNER)
    for (let i = 0; i < 2000 && !asked(); i++) await clock.advance(milliseconds(10))
    for (const mac of [OWNER, OTHER]) lan.hear(reply(mac))
    await clock.advance(milliseconds(40))
    expect(conflicts()).toHaveLength(1)
  })

  it('asks nothing where witnessing is switched off', async () => {
    start({ witnessPerSecond: 0 })
    watch(V4)
    announce(V4, OWNER)
    announce(V4, OTHER)
    await clock.advance(seconds(5))
    expect(lan.sent).toEqual([])
  })

  it('forgets it when it is watched no more, and listens no more', async () => {
    watch(V4)
    announce(V4, OWNER)
    watch()
    await clock.advance(seconds(5))
    expect(lan.sent).toEqual([])
    expect(lan.listening.size).toBe(0)
    expect(clock.pending()).toBe(0)
  })

  it('serves it like any other once it is its own', () => {
    watch(V4)
    announce(V4, OWNER)
    const grant = { ...book.grant(V4)!, handover: true } as const
    engine.apply({ put: [{ address: V4, stage: 'serve', grant }], drop: [], watch: [] })
    expect(lan.answers(V4)).toBe(true)
  })
})
