import { beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '#core/fakes/fake-clock.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import { Engine } from '#plugins/l2/engine.ts'
import type { EngineEvent, L2Candidate } from '#plugins/l2/protocol.ts'
import { macText } from '#plugins/l2/wire/ethernet.ts'
import { arp, linkLayerOption, macOf, ndp } from './frames.ts'
import { ip, link, MemoryLan } from './memory-lan.ts'

const V4 = ip('192.0.2.10')
const V6 = ip('fd00::10')
const STRANGER = macOf(99)

let clock: FakeClock
let lan: MemoryLan
let engine: Engine
let events: EngineEvent[]

beforeEach(() => {
  clock = new FakeClock()
  lan = new MemoryLan(link(2, 'eth0'), link(3, 'eth1'))
  events = []
  const emit = (event: EngineEvent): void => void events.push(event)
  const { fence } = new GrantBook({ node: 'node-a', slots: 64 })
  engine = new Engine({ config: parseConfig({}), fence, clock, wire: lan, emit })
  lan.attach(engine)
})

type Asked = Omit<L2Candidate, 'question'> & Partial<L2Candidate>
const ask = (...candidates: readonly (Asked | Address)[]): void => {
  const ask = candidates.map((one) => ({
    question,
    ...(typeof one === 'string' ? { address: one } : one),
  }))
  engine.apply({ put: [], drop: [], ask })
}
const question = 'first'
const found = () => events.filter(({ kind }) => kind === 'candidate')
const answer = (address = V4, mac = STRANGER): Uint8Array =>
  arp({ sender: address, target: '0.0.0.0', operation: 2, destination: macOf(2), senderMac: mac })

/** Runs until the next probe, and lets the stranger answer it. */
async function asked(frame: Uint8Array, link?: string): Promise<void> {
  const before = lan.sent.length
  for (let i = 0; i < 200 && lan.sent.length === before; i++) await clock.advance(milliseconds(10))
  expect(lan.sent.length).toBeGreaterThan(before)
  lan.hear(frame, link)
}

describe('of an address that is about to be handed out, the engine', () => {
  it('asks three times on every interface, and says that nobody answers', async () => {
    ask(V4)
    await clock.advance(milliseconds(350))
    expect(lan.sent.map(({ via }) => via)).toEqual(['eth0', 'eth1', 'eth0', 'eth1', 'eth0', 'eth1'])
    expect(found()).toEqual([])
    await clock.advance(milliseconds(100))
    expect(found()).toEqual([{ kind: 'candidate', address: V4, question }])
    await clock.advance(seconds(10))
    expect(lan.sent).toHaveLength(6)
    expect(lan.answers(V4)).toBe(false)
  })

  it('asks again a second after somebody answers, and names who answers then as well', async () => {
    ask(V4)
    await asked(answer())
    await clock.advance(milliseconds(900))
    expect(found()).toEqual([])
    await asked(answer())
    const answeredBy = { hardwareAddress: macText(STRANGER), via: 'eth0' }
    expect(found()).toEqual([{ kind: 'candidate', address: V4, question, answeredBy }])
    await clock.advance(seconds(10))
    expect(found()).toHaveLength(1)
  })

  it('takes no former owner for a stranger that has fallen silent when it is asked again', async () => {
    ask(V4)
    await asked(answer())
    await clock.advance(seconds(2))
    expect(found()).toEqual([{ kind: 'candidate', address: V4, question }])
  })

  it('hears who answers for an IPv6 address', async () => {
    ask(V6)
    const options = linkLayerOption(2, STRANGER)
    const frame = ndp({ type: 136, source: V6, destination: 'ff02::1', target: V6, options })
    await asked(frame)
    await clock.advance(milliseconds(900))
    await asked(frame)
    expect(found()).toMatchObject([{ address: V6, answeredBy: { hardwareAddress: macText(STRANGER) } }])
  })

  it('asks on the interfaces alone that the address would be announced on', async () => {
    ask({ address: V4, interfaces: ['eth1'] })
    await asked(answer(), 'eth0')
    await clock.advance(seconds(1))
    expect(new Set(lan.sent.map(({ via }) => via))).toEqual(new Set(['eth1']))
    expect(found()).toEqual([{ kind: 'candidate', address: V4, question }])
  })

  it('says why it cannot ask', async () => {
    ask({ address: V4, interfaces: ['eth7'] })
    expect(found()).toMatchObject([{ address: V4, unasked: expect.stringContaining('eth7') as string }])
    lan.deaf.set('eth0', 'no permission')
    ask({ address: ip('192.0.2.11'), interfaces: ['eth0'] })
    await clock.advance(seconds(1))
    expect(found().at(-1)).toMatchObject({ address: '192.0.2.11', unasked: 'no permission' })
  })

  it('asks no more about what is a candidate no longer, and anew about what is one again', async () => {
    ask(V4)
    await clock.advance(milliseconds(50))
    ask()
    const before = lan.sent.length
    await clock.advance(seconds(5))
    expect(lan.sent).toHaveLength(before)
    expect(found()).toEqual([])
    ask(V4)
    await clock.advance(seconds(1))
    expect(found()).toHaveLength(1)
  })

  it('asks anew about an address that went and came back within one delta', async () => {
    ask(V4)
    await clock.advance(seconds(1))
    ask({ address: V4, question: 'second' })
    await clock.advance(seconds(1))
    expect(found()).toEqual([
      { kind: 'candidate', address: V4, question },
      { kind: 'candidate', address: V4, question: 'second' },
    ])
    expect(lan.sent).toHaveLength(12)
  })

  it('knows that the node has the address itself, which no answer would tell it', async () => {
    const own = { ...link(3, 'eth1'), addresses: [{ address: V4, prefixLength: 24 }] }
    lan.setLinks(link(2, 'eth0'), own)
    ask({ address: V4, interfaces: ['eth0'] })
    const answeredBy = { hardwareAddress: macText(own.hardwareAddress), via: 'eth1' }
    expect(found()).toEqual([{ kind: 'candidate', address: V4, question, answeredBy }])
    await clock.advance(seconds(2))
    expect(lan.sent).toEqual([])
  })
})
