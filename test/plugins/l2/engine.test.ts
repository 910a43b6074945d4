import { beforeEach, describe, expect, it } from 'vitest'

import type { Grant, Stage } from '#core/announcer.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import { Engine } from '#plugins/l2/engine.ts'
import type { EngineEvent, L2Target } from '#plugins/l2/protocol.ts'
import { macText } from '#plugins/l2/wire/ethernet.ts'
import { arp, macOf } from './frames.ts'
import { answered, ip, link, MemoryLan, question } from './memory-lan.ts'

const V4 = ip('192.0.2.10')
const V6 = ip('fd00::10')

let clock: FakeClock
let book: GrantBook
let lan: MemoryLan
let engine: Engine
let events: EngineEvent[]

beforeEach(() => {
  clock = new FakeClock()
  book = new GrantBook({ node: 'node-a', slots: 16 })
  lan = new MemoryLan(link(2, 'eth0'), link(3, 'eth1'))
  events = []
  const config = parseConfig({ gratuitousPerSecond: 1000, probe: false, witnessPerSecond: 0 })
  engine = new Engine({ config, fence: book.fence, clock, wire: lan, emit: (event) => events.push(event) })
  lan.attach(engine)
  events.length = 0
})

function target(
  address: string,
  more: { stage?: Stage; grant?: Grant; interfaces?: string[] } = {},
): L2Target {
  const grant = more.grant ?? book.grant(ip(address))
  return { address: ip(address), stage: more.stage ?? 'serve', ...(grant ? { grant } : {}), ...more }
}

/** What was said of an address last. */
function statusOf(address: string) {
  return events
    .flatMap((event) => (event.kind === 'status' ? event.targets : []))
    .findLast((status) => status.address === address)
}

function of<K extends EngineEvent['kind']>(kind: K): Extract<EngineEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<EngineEvent, { kind: K }> => event.kind === kind)
}

/** Past the pause that the rate puts between announcements. */
const moment = (): Promise<void> => clock.advance(milliseconds(10))
const put = (...targets: readonly L2Target[]): void => engine.apply({ put: targets, drop: [] })

describe('what is served', () => {
  it('is answered for on every interface, ARP and NDP', () => {
    put(target(V4), target(V6))
    for (const address of [V4, V6]) {
      expect(statusOf(address)).toEqual({ address, phase: 'serving', via: ['eth0', 'eth1'] })
      expect(lan.hear(question(address)).map(({ via }) => via)).toEqual(['eth0', 'eth1'])
    }
    expect(lan.answers(ip('192.0.2.11'))).toBe(false)
  })

  it('is answered for on the named interfaces only', () => {
    put(target(V4, { interfaces: ['eth1', 'eth7'] }))
    expect(statusOf(V4)).toMatchObject({ phase: 'serving', via: ['eth1'] })
    expect(lan.hear(question(V4)).map(({ via }) => via)).toEqual(['eth1'])
    expect([...lan.listening.keys()]).toEqual(['eth1'])
  })

  it('falls silent the moment it is dropped, with all its announcements', async () => {
    put(target(V4))
    engine.apply({ put: [], drop: [V4] })
    lan.sent.length = 0
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(seconds(6))
    expect(lan.sent).toEqual([])
    expect(lan.listening.size).toBe(0)
    expect(clock.pending()).toBe(0)
  })

  it('is refused without a grant', () => {
    engine.apply({ put: [{ address: V4, stage: 'serve' }], drop: [] })
    expect(statusOf(V4)).toMatchObject({ phase: 'failed', reason: 'GrantMissing' })
    expect(lan.answers(V4)).toBe(false)
  })
})

describe('the fence', () => {
  it('is asked before every answer', () => {
    put(target(V4))
    expect(lan.answers(V4)).toBe(true)
    book.revoke(V4)
    expect(lan.answers(V4)).toBe(false)
  })

  it('is asked before every announcement; the rounds begin anew once it is open again', async () => {
    const grant = book.grant(V4)!
    put(target(V4, { grant }))
    book.suspend()
    lan.sent.length = 0
    await clock.advance(seconds(6))
    expect(lan.sent).toEqual([])
    put(target(V4, { grant }))
    expect(statusOf(V4)).toMatchObject({ phase: 'armed', reason: 'FenceClosed' })
    book.resume()
    put(target(V4, { grant }))
    expect(statusOf(V4)).toMatchObject({ phase: 'serving' })
    expect(lan.sent).toHaveLength(4)
  })

  it('that opens again by itself, as a lease does, lets the target begin without being told', async () => {
    const grant = book.grant(V4)!
    book.suspend()
    put(target(V4, { grant }))
    expect(statusOf(V4)).toMatchObject({ phase: 'armed', reason: 'FenceClosed' })
    await clock.advance(milliseconds(500))
    book.resume()
    await clock.advance(milliseconds(20))
    expect(statusOf(V4)).toMatchObject({ phase: 'serving' })
    expect(lan.answers(V4)).toBe(true)
    expect(lan.sent.length).toBeGreaterThan(0)
  })

  it('that closes between two rounds of announcements only puts them off', async () => {
    put(target(V4))
    book.suspend()
    await clock.advance(milliseconds(100))
    lan.sent.length = 0
    book.resume()
    await clock.advance(milliseconds(30))
    expect(lan.sent.length).toBeGreaterThan(0)
  })

  it('has its refusals counted', async () => {
    put(target(V4))
    book.revoke(V4)
    lan.answers(V4)
    await clock.advance(seconds(1))
    const counts = of('tally').flatMap(({ addresses }) => addresses)
    expect(counts.map(([, { fenced, sent }]) => [fenced, sent])).toContainEqual([2, 0])
  })
})

describe('stages', () => {
  it('armed: listens, says nothing, reports no conflict', async () => {
    put(target(V4, { stage: 'arm' }))
    expect(statusOf(V4)).toEqual({ address: V4, phase: 'armed', via: ['eth0', 'eth1'] })
    expect(lan.listening.get('eth0')).toEqual([V4])
    expect(lan.hear(question(V4))).toEqual([])
    lan.hear(arp({ sender: V4, target: V4 }))
    await clock.advance(seconds(6))
    expect(lan.sent).toEqual([])
    expect(of('conflict')).toEqual([])
  })

  it('armed, then serving: announced at once', () => {
    put(target(V4, { stage: 'arm' }))
    put(target(V4))
    expect(lan.sent.map(({ via }) => via)).toEqual(['eth0', 'eth0', 'eth1', 'eth1'])
  })

  it('retiring: answers until the fence closes, announces nothing, expects the next owner’s claims', () => {
    const grant = book.grant(V4)!
    put(target(V4, { grant, stage: 'retire' }))
    expect(lan.sent).toEqual([])
    expect(lan.answers(V4)).toBe(true)
    // Gratuitous, in the form of a question: an answer would be a second owner to the next one.
    expect(lan.hear(arp({ sender: V4, target: V4 }))).toEqual([])
    // Who asks whether it is free is told that it is not, or not yet: a move may wait minutes for its turn.
    expect(lan.hear(arp({ sender: '0.0.0.0', target: V4 }))).toHaveLength(2)
    expect(of('conflict')).toEqual([])
    book.revoke(V4)
    expect(lan.answers(V4)).toBe(false)
    put(target(V4, { grant, stage: 'retire' }))
    expect(statusOf(V4)).toEqual({ address: V4, phase: 'silent' })
  })
})

describe('announcements', () => {
  it('end when the target begins to retire', async () => {
    const grant = book.grant(V4)!
    put(target(V4, { grant, interfaces: ['eth0'] }))
    put(target(V4, { grant, interfaces: ['eth0'], stage: 'retire' }))
    await clock.advance(seconds(6))
    expect(lan.sent).toHaveLength(2)
  })

  it('go out once per owner, not again when told the same', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    await clock.advance(seconds(6))
    expect(lan.sent).toHaveLength(9)
    put(target(V4, { interfaces: ['eth0'] }))
    await clock.advance(seconds(6))
    expect(lan.sent).toHaveLength(9)
  })

  it('begin anew with a new epoch', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    book.revoke(V4)
    put(target(V4, { interfaces: ['eth0'] }))
    await moment()
    expect(lan.sent).toHaveLength(4)
  })

  it('reach an interface that is added later, and only that one', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    lan.sent.length = 0
    put(target(V4, { interfaces: ['eth0', 'eth1'] }))
    await moment()
    expect(lan.sent.map(({ via }) => via)).toEqual(['eth1', 'eth1'])
  })
})

describe('links that change', () => {
  it('are served when they appear, and no longer when they go', async () => {
    put(target(V4), target(V6))
    await moment()
    lan.sent.length = 0
    lan.setLinks(link(2, 'eth0'), link(4, 'eth2'))
    await moment()
    expect(new Set(lan.sent.map(({ via }) => via))).toEqual(new Set(['eth2']))
    expect(statusOf(V4)).toMatchObject({ via: ['eth0', 'eth2'] })
    expect(lan.hear(question(V4)).map(({ via }) => via)).toEqual(['eth0', 'eth2'])
    expect([...lan.listening.keys()]).toEqual(['eth0', 'eth2'])
  })

  it('make a target pending with the reason, and serving again, announced, when they come back', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    lan.setLinks(link(2, 'eth0', { running: false }))
    expect(statusOf(V4)).toMatchObject({
      phase: 'pending',
      reason: 'InterfaceUnusable',
      message: 'eth0 has no carrier',
    })
    lan.sent.length = 0
    lan.setLinks(link(2, 'eth0'))
    await moment()
    expect(statusOf(V4)).toMatchObject({ phase: 'serving' })
    expect(lan.sent).toHaveLength(2)
  })

  it('are announced on again when their hardware address changes, and answered with the new one', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    lan.sent.length = 0
    lan.setLinks(link(2, 'eth0', { hardwareAddress: macOf(77) }))
    await moment()
    expect(lan.sent).toHaveLength(2)
    const [reply] = lan.hear(question(V4))
    expect(macText(reply!.frame.subarray(6, 12))).toBe(macText(macOf(77)))
  })

  it('are told with their subnets', () => {
    lan.setLinks(link(2, 'eth0'))
    expect(of('interfaces').at(-1)).toEqual({
      kind: 'interfaces',
      names: ['eth0'],
      subnets: ['192.0.2.0/24'],
    })
  })
})

describe('a link that cannot be listened on', () => {
  it('fails the targets that have no other, and is tried again', async () => {
    lan.deaf.set('eth0', 'socket: operation not permitted (EPERM)')
    put(target(V4), target(V6, { interfaces: ['eth0'] }))
    expect(statusOf(V4)).toMatchObject({ phase: 'serving', via: ['eth1'] })
    expect(statusOf(V6)).toMatchObject({
      phase: 'failed',
      reason: 'ListenFailed',
      message: 'eth0: socket: operation not permitted (EPERM)',
    })
    expect(lan.sent.filter(({ via }) => via === 'eth0')).toEqual([])
    lan.deaf.clear()
    await clock.advance(seconds(1))
    expect(statusOf(V6)).toMatchObject({ phase: 'serving', via: ['eth0'] })
    expect(statusOf(V4)).toMatchObject({ via: ['eth0', 'eth1'] })
    expect(lan.sent.filter(({ via }) => via === 'eth0').length).toBeGreaterThan(0)
  })

  it('is noticed when the wire breaks under it', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    engine.linkBroken(2, 'recv: network is down (ENETDOWN)')
    expect(statusOf(V4)).toMatchObject({ phase: 'failed', reason: 'ListenFailed' })
    await clock.advance(seconds(1))
    expect(statusOf(V4)).toMatchObject({ phase: 'serving' })
  })
})

describe('conflicts', () => {
  const claim = arp({ sender: V4, target: '0.0.0.0', operation: 2, destination: macOf(2) })

  it('are reported when the question 750 ms after the claim is answered, at most every ten seconds, and counted each time', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    lan.hear(claim)
    await clock.advance(milliseconds(740))
    lan.hear(claim)
    expect(of('conflict')).toEqual([])
    await clock.advance(milliseconds(10))
    for (let i = 0; i < 5; i++) lan.hear(claim)
    expect(of('conflict')).toEqual([
      { kind: 'conflict', address: V4, hardwareAddress: macText(macOf(9)), via: 'eth0' },
    ])
    await clock.advance(seconds(5))
    lan.hear(claim)
    await clock.advance(seconds(6))
    lan.hear(claim)
    expect(of('conflict')).toHaveLength(2)
    await clock.advance(seconds(1))
    const counted = of('tally').flatMap(({ addresses }) => addresses.map(([, { conflicts }]) => conflicts))
    expect(counted.reduce((a, b) => a + b, 0)).toBe(7)
  })

  it('are not seen in what was claimed under an earlier epoch', async () => {
    put(target(V4))
    lan.hear(claim)
    await clock.advance(seconds(1))
    book.revoke(V4)
    put(target(V4))
    lan.hear(claim)
    expect(of('conflict')).toEqual([])
  })

  it('are not seen in what another interface of this node says', () => {
    put(target(V4))
    lan.hear(arp({ sender: V4, target: V4, senderMac: macOf(3) }))
    expect(of('conflict')).toEqual([])
  })

  it('are not reported once the fence is closed', () => {
    put(target(V4))
    book.revoke(V4)
    lan.hear(claim)
    expect(of('conflict')).toEqual([])
  })
})

describe('the tally', () => {
  it('counts requests, answers and announcements, and is sent at most every second', async () => {
    put(target(V4, { interfaces: ['eth0'] }))
    for (let i = 0; i < 3; i++) lan.answers(V4)
    expect(of('tally')).toEqual([])
    await clock.advance(seconds(1))
    expect(of('tally')).toEqual([
      {
        kind: 'tally',
        addresses: [[V4, { received: 3, sent: 3, gratuitous: 5, fenced: 0, conflicts: 0 }]],
        sendErrors: [],
      },
    ])
  })

  it('counts what the link refuses as errors, not as sent', async () => {
    lan.mute.add('eth0')
    put(target(V4, { interfaces: ['eth0'] }))
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(milliseconds(1000))
    const [tally] = of('tally')
    expect(tally?.addresses).toEqual([[V4, { received: 1, sent: 0, gratuitous: 0, fenced: 0, conflicts: 0 }]])
    expect(tally?.sendErrors[0]?.[0]).toBe('eth0')
  })

  it('of a dropped address comes before the drop is done', () => {
    put(target(V4))
    lan.answers(V4)
    engine.apply({ put: [], drop: [V4] })
    expect(of('tally').flatMap(({ addresses }) => addresses.map(([address]) => address))).toEqual([V4])
  })
})

it('closes without leaving timers or listening on', () => {
  put(target(V4))
  engine.close()
  expect(clock.pending()).toBe(0)
  expect(lan.listening.size).toBe(0)
})

it('answers with the address that was asked for', () => {
  put(target(V4), target('192.0.2.12'))
  expect(lan.hear(question(ip('192.0.2.12'))).map(({ frame }) => answered(frame))).toEqual([
    '192.0.2.12',
    '192.0.2.12',
  ])
})
