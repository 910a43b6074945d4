import { beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeRandom } from '#core/fakes/fake-random.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import {
  BfdEngine,
  type Arrival,
  type BfdWire,
  type EngineEvent,
  type SessionSpec,
} from '#plugins/native-bgp/bfd/engine.ts'
import { readBfdProfile } from '#plugins/native-bgp/bfd/profile.ts'
import {
  decodeControl,
  encodeControl,
  type ControlPacket,
} from '#plugins/native-bgp/bfd/wire/control-packet.ts'

import { ip } from '../fake-network.ts'

const [a, b] = [ip('192.0.2.1'), ip('192.0.2.2')]
const fast = { transmitInterval: 50, receiveInterval: 50 }

/** One node on a wire in memory. */
class Side implements BfdWire {
  readonly events: EngineEvent[] = []
  readonly sentAt: number[] = []
  readonly packets: ControlPacket[] = []
  readonly engine: BfdEngine
  far: Side | undefined
  cut = false
  /** Arrived, and not looked at until the engine asks. */
  deaf = false
  broken: string | undefined
  echoes = 0
  echoing = true
  neighbourKnown = true
  opened: SessionSpec[] = []
  closed = 0
  readonly #clock: FakeClock
  readonly #waiting: Arrival[] = []

  constructor(clock: FakeClock, random: number) {
    this.#clock = clock
    this.engine = new BfdEngine({
      clock,
      random: fakeRandom(random, 0, 0.999, 0.5),
      wire: this,
      emit: (event) => void this.events.push(event),
    })
  }

  open(spec: SessionSpec, discriminator: number): ReturnType<BfdWire['open']> {
    if (this.broken !== undefined) throw new Error(this.broken)
    this.opened.push(spec)
    return {
      send: (bytes) => this.#send(spec, bytes),
      echoes: !spec.multihop,
      sendEcho: () => {
        this.echoes++
        if (this.echoing) this.engine.hearEcho(discriminator)
        return this.neighbourKnown
      },
      configure: () => {},
      close: () => void this.closed++,
    }
  }

  drain(): void {
    for (const arrival of this.#waiting.splice(0)) this.engine.hear(arrival)
  }

  arrive(arrival: Arrival): void {
    this.#waiting.push(arrival)
    if (!this.deaf) this.drain()
  }

  changes(): string[] {
    return this.events.flatMap((event) =>
      event.kind === 'changed' ? `${event.change.from}-${event.change.to}` : [],
    )
  }

  #send({ local, zone, multihop }: SessionSpec, bytes: Uint8Array): void {
    this.sentAt.push(this.#clock.now())
    this.packets.push(decodeControl(bytes) as ControlPacket)
    // Packets take no time, but they do not arrive inside the call that sends them.
    if (!this.cut) queueMicrotask(() => this.far?.arrive({ source: local, zone, multihop, bytes }))
  }
}

let clock: FakeClock
let left: Side
let right: Side

beforeEach(() => {
  clock = new FakeClock()
  left = new Side(clock, 0.1)
  right = new Side(clock, 0.7)
  left.far = right
  right.far = left
})

function specOf(side: Side, spec: Parameters<typeof readBfdProfile>[0]['spec'] = fast): SessionSpec {
  const [local, remote] = side === left ? [a, b] : [b, a]
  return { id: 1, local, remote, zone: 0, multihop: false, profile: readBfdProfile({ spec }) }
}

async function bothUp(spec: Parameters<typeof readBfdProfile>[0]['spec'] = fast): Promise<void> {
  left.engine.keep(specOf(left, spec))
  right.engine.keep(specOf(right, spec))
  await clock.advance(seconds(5))
  expect([left.changes().at(-1), right.changes().at(-1)]).toEqual([
    expect.stringMatching(/-Up$/) as string,
    expect.stringMatching(/-Up$/) as string,
  ])
}

describe('two sides', () => {
  it('come up and stay up', async () => {
    await bothUp()
    const before = [left.changes().length, right.changes().length]
    await clock.advance(seconds(60))
    expect([left.changes().length, right.changes().length]).toEqual(before)
  })

  it('send at 75 to 100 % of the interval', async () => {
    await bothUp()
    left.sentAt.length = 0
    await clock.advance(seconds(10))
    const gaps = left.sentAt.slice(1).map((at, i) => at - left.sentAt[i]!)
    expect(gaps.length).toBeGreaterThan(199)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(37.5)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(50)
    expect(new Set(gaps.map((gap) => gap.toFixed(2))).size).toBeGreaterThan(2)
  })

  it('notice within the detection time that the path is cut, and come up again', async () => {
    await bothUp()
    left.cut = right.cut = true
    await clock.advance(milliseconds(151))
    expect([left.changes().at(-1), right.changes().at(-1)]).toEqual(['Up-Down', 'Up-Down'])
    left.cut = right.cut = false
    await clock.advance(seconds(5))
    expect([left.changes().at(-1), right.changes().at(-1)]).toEqual([
      expect.stringMatching(/-Up$/),
      expect.stringMatching(/-Up$/),
    ])
  })

  it('notice a path that is cut one way only', async () => {
    await bothUp()
    left.cut = true
    await clock.advance(milliseconds(151))
    expect([left.changes().at(-1), right.changes().at(-1)]).toEqual(['Up-Down', 'Up-Down'])
  })

  it('read what waits before they call each other lost', async () => {
    await bothUp()
    const before = left.changes().length
    left.deaf = true
    await clock.advance(seconds(2))
    expect(left.changes()).toHaveLength(before)
    right.cut = true
    await clock.advance(milliseconds(400))
    expect(left.changes().at(-1)).toBe('Up-Down')
  })

  it('slow down and speed up again without going down', async () => {
    await bothUp()
    const before = left.changes().length
    for (const interval of [400, 20, 1000, 50]) {
      left.engine.keep(specOf(left, { transmitInterval: interval, receiveInterval: interval }))
      await clock.advance(seconds(5))
      expect(right.packets.at(-1)?.poll).toBe(false)
      expect(left.packets.at(-1)).toMatchObject({ poll: false, desiredMinTx: interval * 1000 })
    }
    expect(left.changes()).toHaveLength(before)
    expect(left.opened).toHaveLength(1)
  })

  it('send sooner as soon as the other side takes packets sooner', async () => {
    left.engine.keep(specOf(left, { transmitInterval: 50, receiveInterval: 50 }))
    right.engine.keep(specOf(right, { transmitInterval: 50, receiveInterval: 10_000 }))
    await clock.advance(seconds(30))
    right.engine.keep(specOf(right, { transmitInterval: 50, receiveInterval: 50 }))
    const from = clock.now()
    left.sentAt.length = 0
    await clock.advance(milliseconds(120))
    expect(left.sentAt.filter((at) => at > from).length).toBeGreaterThan(1)
  })

  it('never begin where both are passive', async () => {
    for (const side of [left, right]) side.engine.keep(specOf(side, { ...fast, passiveMode: true }))
    await clock.advance(seconds(10))
    expect([left.sentAt, right.sentAt]).toEqual([[], []])
  })

  it('tell each other when a session is dropped', async () => {
    await bothUp()
    left.engine.drop(1)
    await clock.advance(milliseconds(1))
    expect(right.events.at(-1)).toMatchObject({ change: { to: 'Down', remoteDisabled: true } })
    expect(left.closed).toBe(1)
  })
})

describe('the echo function', () => {
  const echo = { ...fast, echoMode: true, echoInterval: 20 }

  it('keeps the session up while its packets come back, and ends it when they do not', async () => {
    await bothUp(echo)
    expect(left.echoes).toBeGreaterThan(50)
    left.echoing = false
    await clock.advance(milliseconds(61))
    const lost = { from: 'Up', to: 'Down', diagnostic: 2, remoteDisabled: false }
    expect(left.events).toContainEqual({ kind: 'changed', id: 1, change: lost })
  })

  it('waits for what it needs to send one', async () => {
    left.echoing = left.neighbourKnown = false
    await bothUp(echo)
    const before = left.changes().length
    await clock.advance(seconds(1))
    expect(left.changes()).toHaveLength(before)
  })

  it('is neither used nor promised where the wire has none', async () => {
    for (const side of [left, right]) side.engine.keep({ ...specOf(side, echo), multihop: true })
    await clock.advance(seconds(5))
    expect([left.echoes, left.packets.at(-1)?.requiredMinEchoRx]).toEqual([0, 0])
    expect(left.changes().at(-1)).toMatch(/-Up$/)
  })

  it('is not used towards a side that returns nothing', async () => {
    left.engine.keep(specOf(left, echo))
    right.engine.keep(specOf(right))
    await clock.advance(seconds(5))
    expect(left.echoes).toBe(0)
  })
})

describe('the engine', () => {
  it('ignores what belongs to no session', async () => {
    await bothUp()
    const before = [left.changes().length, left.packets.length]
    const down: ControlPacket = { ...right.packets.at(-1)!, state: 'Down' }
    const strange = [
      { source: ip('192.0.2.9'), zone: 0, multihop: false, bytes: encodeControl(down) },
      { source: b, zone: 0, multihop: true, bytes: encodeControl(down) },
      { source: b, zone: 4, multihop: false, bytes: encodeControl(down) },
      { source: b, zone: 0, multihop: false, bytes: encodeControl({ ...down, yourDiscriminator: 12 }) },
      { source: b, zone: 0, multihop: false, bytes: new Uint8Array(24) },
    ]
    for (const arrival of strange) left.engine.hear(arrival)
    expect([left.changes().length, left.packets.length]).toEqual(before)
    left.engine.hear({ source: b, zone: 0, multihop: false, bytes: encodeControl(down) })
    expect(left.changes().at(-1)).toBe('Up-Down')
  })

  it('knows a side that was restarted by its address', async () => {
    await bothUp()
    const fresh: ControlPacket = {
      ...right.packets.at(-1)!,
      state: 'Down',
      myDiscriminator: 99,
      yourDiscriminator: 0,
    }
    left.engine.hear({ source: b, zone: 0, multihop: false, bytes: encodeControl(fresh) })
    expect(left.changes().at(-1)).toBe('Up-Down')
  })

  it('says why a session cannot run, tries again, and stops trying when it is dropped', async () => {
    left.broken = 'port taken'
    left.engine.keep(specOf(left))
    expect(left.events).toEqual([{ kind: 'unavailable', id: 1, problem: 'port taken' }])
    left.broken = undefined
    await clock.advance(seconds(5))
    expect(left.opened).toHaveLength(1)
    right.broken = 'port taken'
    right.engine.keep(specOf(right))
    right.engine.drop(1)
    left.engine.close()
    expect(clock.pending()).toBe(0)
  })

  it('runs one session per address of the other side', () => {
    left.engine.keep(specOf(left))
    left.engine.keep({ ...specOf(left), id: 2 })
    expect(left.events).toEqual([
      { kind: 'unavailable', id: 2, problem: 'a BFD session with 192.0.2.2 runs already' },
    ])
  })

  it('counts packets, and says so once a second', async () => {
    await bothUp()
    left.events.length = 0
    await clock.advance(seconds(1))
    const counted = left.events.filter((event) => event.kind === 'counted')
    expect(counted).toHaveLength(1)
    expect(counted[0]?.tally.sent).toBeGreaterThanOrEqual(20)
    expect(counted[0]?.tally.received).toBeGreaterThanOrEqual(20)
  })
})
