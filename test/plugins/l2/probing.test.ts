import { beforeEach, describe, expect, it } from 'vitest'

import type { Grant } from '#core/announcer.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import { Engine } from '#plugins/l2/engine.ts'
import type { EngineEvent } from '#plugins/l2/protocol.ts'
import { decodeArp } from '#plugins/l2/wire/arp.ts'
import { macText } from '#plugins/l2/wire/ethernet.ts'
import { decodeNdp } from '#plugins/l2/wire/ndp.ts'
import { arp, linkLayerOption, macOf, ndp } from './frames.ts'
import { ip, link, MemoryLan, question } from './memory-lan.ts'

const V4 = ip('192.0.2.10')
const V6 = ip('fd00::10')

let clock: FakeClock
let book: GrantBook
let lan: MemoryLan
let engine: Engine
let events: EngineEvent[]
let applied: number

beforeEach(() => {
  clock = new FakeClock()
  book = new GrantBook({ node: 'node-a', slots: 4096 })
  lan = new MemoryLan(link(2, 'eth0'))
  events = []
  applied = 0
  begin({})
  events.length = 0
})

function begin(options: object): void {
  const emit = (event: EngineEvent): void => void events.push(event)
  engine = new Engine({ config: parseConfig(options), fence: book.fence, clock, wire: lan, emit })
  lan.attach(engine)
}

function beginAnew(options: object): void {
  engine.close()
  begin(options)
}

const grantOf = (address: string): Grant => book.grant(ip(address))!
function serve(address: string, grant: Grant = grantOf(address)): void {
  engine.apply({ put: [{ address: ip(address), stage: 'serve', grant }], drop: [] }, () => applied++)
}
const statuses = () => events.flatMap((event) => (event.kind === 'status' ? event.targets : []))
const conflicts = () => events.filter(({ kind }) => kind === 'conflict')
/** What asked for an address without claiming it. */
const questions = () =>
  lan.sent.filter(({ frame }) => {
    const found = decodeArp(frame)
    return typeof found !== 'string' && found.operation === 'request' && found.sender.address === '0.0.0.0'
  })
const counted = () =>
  events
    .flatMap((event) => (event.kind === 'tally' ? event.addresses : []))
    .reduce((sum, [, counts]) => sum + counts.conflicts, 0)
const answerOfOwner = arp({ sender: V4, target: '0.0.0.0', operation: 2, destination: macOf(2) })
const announcement = arp({ sender: V4, target: V4, operation: 2 })

describe('while it answers for an address, the engine', () => {
  it('asks each second whether somebody else does too, once more of who replies, and then reports it', async () => {
    serve(V4)
    await clock.advance(milliseconds(900))
    lan.sent.length = 0
    await clock.advance(milliseconds(200))
    expect(questions()).toHaveLength(1)
    lan.hear(answerOfOwner)
    expect(conflicts()).toEqual([])
    await clock.advance(milliseconds(750))
    expect(questions()).toHaveLength(2)
    lan.hear(answerOfOwner)
    expect(conflicts()).toEqual([
      { kind: 'conflict', address: V4, hardwareAddress: macText(macOf(9)), via: 'eth0' },
    ])
    expect(lan.answers(V4)).toBe(true)
    book.revoke(ip(V4))
    lan.sent.length = 0
    await clock.advance(milliseconds(3000))
    expect(lan.sent).toEqual([])
  })

  it('reports within two seconds who begins to answer, and says nothing unasked', async () => {
    serve(V4)
    await clock.advance(milliseconds(1050))
    // The question of this second has just gone unanswered.
    let waited = 0
    for (let asked = questions().length; conflicts().length === 0 && waited < 3000; waited += 10) {
      await clock.advance(milliseconds(10))
      if (questions().length > asked) lan.hear(answerOfOwner)
      asked = questions().length
    }
    expect(waited).toBeLessThan(1800)
  })

  it('finds no fault with the next owner of a planned move that it hears before it is told to retire', async () => {
    const grant = grantOf(V4)
    serve(V4, grant)
    await clock.advance(milliseconds(100))
    for (const pause of [50, 100, 10]) {
      for (const operation of [1, 2] as const) lan.hear(arp({ sender: V4, target: V4, operation }))
      await clock.advance(milliseconds(pause))
    }
    engine.apply({ put: [{ address: V4, stage: 'retire', grant }], drop: [] })
    lan.sent.length = 0
    await clock.advance(milliseconds(900))
    lan.hear(arp({ sender: V4, target: V4 }))
    await clock.advance(milliseconds(1000))
    expect(questions()).toEqual([])
    expect(conflicts()).toEqual([])
    expect(counted()).toBe(0)
  })

  it('finds no fault with a former owner that answers its first announcement and is then relieved', async () => {
    serve(V4, { ...grantOf(V4), handover: true })
    lan.hear(answerOfOwner)
    await clock.advance(milliseconds(11_000))
    expect(conflicts()).toEqual([])
    expect(counted()).toBe(0)
    // Much later it is a doubt of its own.
    lan.hear(answerOfOwner)
    expect(conflicts()).toEqual([])
  })

  it('drops what it heard when its question is not answered: a claim soon after is another', async () => {
    serve(V4, { ...grantOf(V4), handover: true })
    lan.hear(answerOfOwner)
    await clock.advance(milliseconds(1100))
    for (const pause of [100, 62_000]) {
      lan.hear(announcement)
      await clock.advance(milliseconds(pause))
    }
    expect(conflicts()).toEqual([])
    expect(counted()).toBe(0)
  })

  it('finds no fault with a next owner that announces itself right after a question', async () => {
    const grant = grantOf(V4)
    serve(V4, { ...grant, handover: true })
    lan.hear(answerOfOwner)
    await clock.advance(milliseconds(760))
    expect(questions()).toHaveLength(1)
    lan.hear(announcement)
    lan.hear(arp({ sender: V4, target: V4 }))
    engine.apply({ put: [{ address: V4, stage: 'retire', grant }], drop: [] })
    await clock.advance(milliseconds(2000))
    expect(conflicts()).toEqual([])
  })

  it('reports who announces the address time and again, and answers no question', async () => {
    serve(V4)
    await clock.advance(milliseconds(100))
    for (let i = 0; i < 2; i++) {
      lan.hear(announcement)
      await clock.advance(milliseconds(5000))
    }
    expect(conflicts()).toEqual([])
    lan.hear(announcement)
    expect(conflicts()).toHaveLength(1)
  })

  it('reports a claim that is repeated in ten seconds where nothing is asked', async () => {
    beginAnew({ witnessPerSecond: 0 })
    serve(V4)
    await clock.advance(milliseconds(100))
    lan.hear(announcement)
    await clock.advance(milliseconds(700))
    lan.hear(announcement)
    expect(conflicts()).toEqual([])
    await clock.advance(milliseconds(9000))
    lan.hear(announcement)
    expect(conflicts()).toHaveLength(1)
  })

  it('asks once more of half a hundred a second only, whatever is claimed', async () => {
    const addresses = Array.from({ length: 300 }, (_, i) => ip(`198.18.${i >> 8}.${i & 255}`))
    const put = addresses.map((address) => ({ address, stage: 'serve' as const, grant: grantOf(address) }))
    engine.apply({ put, drop: [] })
    await clock.advance(milliseconds(400))
    lan.sent.length = 0
    for (const sender of addresses) lan.hear(arp({ sender, target: sender, operation: 2 }))
    await clock.advance(milliseconds(2000))
    expect(questions().length).toBeGreaterThan(70)
    expect(questions().length).toBeLessThan(150)
  })

  it('announces it anew as often as it is told to', async () => {
    beginAnew({ refreshSeconds: 60, witnessPerSecond: 0 })
    serve(V4)
    await clock.advance(milliseconds(30_000))
    lan.sent.length = 0
    await clock.advance(milliseconds(60_000))
    expect(lan.sent).toHaveLength(2)
  })
})

describe('of an address that nobody can have answered for, the engine', () => {
  const fresh = (address: string): Grant => ({
    ...grantOf(address),
    fresh: true,
  })
  const probe4 = arp({ sender: '0.0.0.0', target: V4 })
  const announced = () =>
    lan.sent.filter(({ frame }) => {
      const found = decodeArp(frame)
      return typeof found !== 'string' && found.sender.address === V4 && found.target.address === V4
    })

  it('answers while it asks, and announces it when it has found that nobody does', async () => {
    serve(V4, fresh(V4))
    await clock.advance(milliseconds(1))
    expect(lan.answers(V4)).toBe(true)
    expect(statuses().at(-1)).toMatchObject({
      phase: 'pending',
      reason: 'Probing',
    })
    await clock.advance(milliseconds(18))
    expect(questions()).toHaveLength(3)
    expect(announced()).toEqual([])
    expect(applied).toBe(0)
    await clock.advance(milliseconds(1))
    expect(announced()).not.toEqual([])
    expect(statuses().at(-1)).toMatchObject({ phase: 'serving' })
    expect(lan.answers(V4)).toBe(true)
  })

  it.each([answerOfOwner, announcement])('is silent as soon as somebody else claims it', async (claim) => {
    serve(V4, fresh(V4))
    await clock.advance(milliseconds(2))
    lan.hear(claim)
    expect(lan.answers(V4)).toBe(false)
    expect(statuses().at(-1)).toMatchObject({
      phase: 'pending',
      reason: 'AddressInUse',
    })
    expect(conflicts()).toHaveLength(1)
    await clock.advance(milliseconds(1010))
    // Asked again, and not answered for meanwhile.
    expect(lan.answers(V4)).toBe(false)
    expect(announced()).toEqual([])
  })

  it('asks first when somebody asks the same: two of our nodes may both take themselves for the only one', async () => {
    serve(V4, fresh(V4))
    await clock.advance(milliseconds(2))
    expect(lan.hear(probe4)).toEqual([])
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(milliseconds(20))
    expect(lan.answers(V4)).toBe(true)
  })

  it('does not replace what neighbours know until it is sure: O=0 in advertisements (RFC 4429 §3.3)', async () => {
    const override = () => {
      const [sent] = lan.hear(question(V6))
      const found = decodeNdp(sent!.frame)
      return typeof found !== 'string' && found.message.kind === 'advertisement' && found.message.override
    }
    serve(V6, fresh(V6))
    await clock.advance(milliseconds(2))
    expect(override()).toBe(false)
    await clock.advance(milliseconds(30))
    expect(override()).toBe(true)
  })

  it('asks first when the fence was closed meanwhile: somebody may have begun', async () => {
    const grant = fresh(V4)
    book.suspend()
    serve(V4, grant)
    await clock.advance(milliseconds(30))
    book.resume()
    await clock.advance(milliseconds(12))
    expect(questions()).not.toEqual([])
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(milliseconds(30))
    expect(lan.answers(V4)).toBe(true)
  })

  it('asks anew, and first, when another right that is not fresh follows in the window', async () => {
    serve(V4, fresh(V4))
    await clock.advance(milliseconds(15))
    book.revoke(V4)
    serve(V4)
    await clock.advance(milliseconds(6))
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(milliseconds(15))
    expect(questions()).toHaveLength(6)
    expect(lan.answers(V4)).toBe(true)
  })

  it('counts no question of another asker as one that came while the fence was closed', async () => {
    serve(V4, fresh(V4))
    await clock.advance(milliseconds(2))
    lan.hear(probe4)
    await clock.advance(milliseconds(2000))
    const tallies = events.flatMap((event) => (event.kind === 'tally' ? event.addresses : []))
    expect(tallies.map(([, { received, fenced }]) => [received, fenced])).toContainEqual([1, 0])
  })

  it('asks first for IPv6 by a raw socket, which cannot tell who else asks', async () => {
    beginAnew({ ndp: 'raw-socket' })
    serve(V6, fresh(V6))
    serve(V4, fresh(V4))
    await clock.advance(milliseconds(2))
    expect(lan.answers(V4)).toBe(true)
    expect(lan.hear(question(V6))).toEqual([])
    await clock.advance(milliseconds(30))
    expect(lan.hear(question(V6))).toHaveLength(1)
  })

  it('is silent when its fence closes in the window', async () => {
    serve(V4, fresh(V4))
    await clock.advance(milliseconds(2))
    book.revoke(V4)
    expect(lan.answers(V4)).toBe(false)
  })
})

describe('before it answers for an address, the engine', () => {
  it('asks the segment three times without claiming anything, and begins 20 ms later', async () => {
    serve(V4)
    await clock.advance(milliseconds(15))
    const probes = lan.sent.map(({ frame }) => decodeArp(frame))
    expect(probes).toHaveLength(3)
    for (const probe of probes)
      expect(probe).toMatchObject({ operation: 'request', sender: { address: '0.0.0.0' } })
    expect(lan.answers(V4)).toBe(false)
    expect(statuses().at(-1)).toMatchObject({ phase: 'pending', reason: 'Probing' })
    expect(applied).toBe(0)
    await clock.advance(milliseconds(5))
    expect(lan.answers(V4)).toBe(true)
    expect(statuses().at(-1)).toMatchObject({ phase: 'serving' })
    expect(applied).toBe(1)
  })

  it('asks for an IPv6 address as duplicate address detection does', async () => {
    serve(V6)
    await clock.advance(milliseconds(1))
    const probe = decodeNdp(lan.sent[0]!.frame)
    expect(probe).toMatchObject({ message: { kind: 'solicitation', source: '::', target: V6 } })
    const owner = ndp({
      type: 136,
      source: 'fd00::10',
      destination: 'ff02::1',
      target: V6,
      options: linkLayerOption(2, macOf(9)),
    })
    lan.hear(owner)
    await clock.advance(milliseconds(30))
    expect(statuses().at(-1)).toMatchObject({ phase: 'pending', reason: 'AddressInUse' })
  })

  it('does not take an address that somebody answers for: it says who, and asks again each second', async () => {
    serve(V4)
    await clock.advance(milliseconds(1))
    lan.hear(answerOfOwner)
    expect(applied).toBe(1)
    expect(statuses().at(-1)).toMatchObject({ phase: 'pending', reason: 'AddressInUse' })
    expect(events).toContainEqual({
      kind: 'conflict',
      address: V4,
      hardwareAddress: macText(macOf(9)),
      via: 'eth0',
    })
    await clock.advance(milliseconds(900))
    expect(lan.answers(V4)).toBe(false)
    lan.sent.length = 0
    await clock.advance(milliseconds(150))
    expect(lan.sent.length).toBeGreaterThanOrEqual(3)
    expect(lan.answers(V4)).toBe(true)
  })

  it('does not ask when the former owner agreed', () => {
    serve(V4, { ...grantOf(V4), handover: true })
    expect(applied).toBe(1)
    expect(lan.answers(V4)).toBe(true)
  })

  it('asks anew for a new epoch, and not for the same', async () => {
    serve(V4)
    await clock.advance(milliseconds(20))
    serve(V4)
    expect(applied).toBe(2)
    book.revoke(V4)
    serve(V4)
    expect(applied).toBe(2)
    expect(lan.answers(V4)).toBe(false)
  })

  it('asks on an interface that appears only later before it answers there', async () => {
    lan.setLinks()
    serve(V4)
    await clock.advance(milliseconds(100))
    lan.setLinks(link(2, 'eth0'))
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(milliseconds(20))
    expect(lan.answers(V4)).toBe(true)
  })

  it('asks anew when the fence was closed at the end of the question: what was found by then does not count', async () => {
    serve(V4)
    await clock.advance(milliseconds(10))
    book.suspend()
    await clock.advance(milliseconds(15))
    expect(applied).toBe(1)
    book.resume()
    expect(lan.answers(V4)).toBe(false)
    lan.sent.length = 0
    await clock.advance(milliseconds(12))
    lan.hear(answerOfOwner)
    await clock.advance(milliseconds(100))
    expect(lan.answers(V4)).toBe(false)
    expect(statuses().at(-1)).toMatchObject({ phase: 'pending', reason: 'AddressInUse' })
  })

  it('asks anew when the process stood still meanwhile: the answers are not read yet', async () => {
    serve(V4)
    await clock.advance(milliseconds(16))
    await clock.pause(milliseconds(60))
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(milliseconds(19))
    expect(lan.sent).toHaveLength(6)
    expect(lan.answers(V4)).toBe(false)
    await clock.advance(milliseconds(1))
    expect(lan.answers(V4)).toBe(true)
  })

  it('stops asking for what is dropped', async () => {
    serve(V4)
    await clock.advance(milliseconds(1))
    engine.apply({ put: [], drop: [V4] })
    lan.sent.length = 0
    await clock.advance(milliseconds(100))
    expect(lan.sent).toEqual([])
    expect(applied).toBe(1)
  })

  it('makes no storm of many addresses that start at once', async () => {
    const put = Array.from({ length: 600 }, (_, i) => `198.18.${i >> 8}.${i & 255}`).map((text) => ({
      address: ip(text),
      stage: 'serve' as const,
      grant: grantOf(text),
    }))
    engine.apply({ put, drop: [] }, () => applied++)
    for (let i = 0; i < 10; i++) {
      const before = lan.sent.length
      await clock.advance(milliseconds(10))
      expect(lan.sent.length - before).toBeLessThan(300)
    }
    await clock.advance(milliseconds(250))
    expect(applied).toBe(1)
  })
})
