/* Failover as a client sees it: three Heralds with their own timing, real packets, the kernel's timestamps. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { Heralds } from '../failover/heralds.ts'
import { Segment, servedAddress } from '../failover/segment.ts'
import { lostBetween, macsOf, overlapOf, takenOverAfter } from '../failover/sightings.ts'
import { bundleProgram, type Program } from './program.ts'

let program: Program
let segment: Segment
let heralds: Heralds

beforeAll(async () => {
  program = await bundleProgram()
  segment = await Segment.make(3)
  heralds = new Heralds(segment, program.script)
  await heralds.start()
  await segment.watch({ udp: 1, arp: 5 })
})
afterAll(async () => {
  await segment.dispose()
  program.remove()
})

afterEach(async () => {
  await segment.lab.divide([])
  for (const name of segment.names) {
    await segment.node(name).lose(0)
    await segment.node(name).healLink()
    if (heralds.process(name).running) heralds.thaw(name)
    else heralds.startOn(name)
  }
})

let owner: string
let began: number
beforeEach(async () => {
  await heralds.whole()
  owner = await segment.settled()
  segment.forget()
  began = Date.now()
})

/**
 * Of a second answerer: what nobody but a stranger, or two of us, gives cause for. Not asked of a node that starts, or wakes
 * from a long pause: on an overloaded machine it may hear its peers so late that it takes them for dead, asks for the
 * address and is answered, which is told. Witnesses tell up to two seconds late, so what divides the nodes comes last.
 */
const alarms = (): readonly string[] => heralds.alarms(began)

const macOf = (name: string): string => segment.node(name).mac()

/** Answers of either kind, by the clock. */
function answers() {
  const { arp, answered } = segment.look()
  return [...arp, ...answered].toSorted((a, b) => a.at - b.at)
}

/** Waits until another node than `former` answers alone; the milliseconds from `since` to its first answer. */
async function takeover(former: string, since: number) {
  const heir = await segment.settled({ former })
  const { arp, answered } = segment.look()
  const mac = macOf(former)
  return { heir, arp: takenOverAfter(arp, since, mac), udp: takenOverAfter(answered, since, mac) }
}

/** Of ten thousand questions since then, or of so many, one a millisecond; the heir answered some. */
async function nothingLostSince(from: number, heir: string, count = 10_000): Promise<void> {
  await sleep(Math.max(0, from + count - Date.now()))
  const to = Date.now()
  await sleep(300)
  const seen = segment.look()
  const asked = seen.asked.filter(({ at }) => at >= from && at <= to)
  // A busy machine sends some per cent fewer.
  expect(asked.length).toBeGreaterThan(0.9 * count)
  expect(macsOf(asked)).toHaveLength(1)
  expect(macsOf(seen.answered)).toContain(macOf(heir))
  expect(lostBetween(seen, from, to)).toEqual([])
}

describe('three nodes, the client sees', () => {
  it('nothing of a pause of 250 ms', async () => {
    // A busy machine may sleep longer than it was told to; then that was not the pause in question.
    for (let slept = Infinity; slept > 260;) {
      owner = await segment.settled()
      segment.forget()
      const from = performance.now()
      heralds.freeze(owner)
      await sleep(250)
      heralds.thaw(owner)
      slept = performance.now() - from
      await sleep(700)
    }
    expect(macsOf(answers())).toEqual([macOf(owner)])
    expect(alarms()).toEqual([])
  })

  it('no datagram lost of ten thousand, one a millisecond, through SIGTERM', async () => {
    const from = Date.now()
    await sleep(1000)
    expect(await heralds.process(owner).stop()).toEqual({ code: 0, signal: null })
    const { heir } = await takeover(owner, from)
    expect(alarms()).toEqual([])
    heralds.startOn(owner)
    await heralds.whole()
    await nothingLostSince(from, heir)
  })

  it('no datagram lost of ten thousand, one a millisecond, through herald drain and undrain', async () => {
    const from = Date.now()
    await sleep(1000)
    const drained = await heralds.run('drain', owner)
    expect(drained).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`${owner} is empty`) as string,
    })
    const { heir } = await takeover(owner, from)
    expect(drained.stdout).toContain(`${servedAddress}: ${heir} serves, ${owner} is silent`)
    const returned = await heralds.run('undrain', owner)
    expect(returned).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 move back to it') as string,
    })
    expect(await segment.settled({ former: heir })).toBe(owner)
    await nothingLostSince(from, heir)
    expect(alarms()).toEqual([])
    const { arp } = segment.look()
    // Both answer from the moment that the heir begins to the moment that the former owner has heard of it.
    expect(overlapOf(arp)).toBeLessThanOrEqual(200)
  })

  it('no datagram lost of three thousand through herald move, and another answer when the node that was asked for dies', async () => {
    const from = Date.now()
    const to = segment.names.find((name) => name !== owner) ?? ''
    expect(await heralds.run('move', 'svc/web', '--to', to)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`${servedAddress}: ${to} serves, ${owner} is silent`) as string,
    })
    expect(await segment.settled({ former: owner })).toBe(to)
    await nothingLostSince(from, to, 3000)
    expect(alarms()).toEqual([])
    expect(overlapOf(segment.look().arp)).toBeLessThanOrEqual(200)

    const since = Date.now()
    heralds.process(to).kill('SIGKILL')
    const { arp } = await takeover(to, since)
    expect(arp).toBeLessThan(1500)
    expect(await heralds.run('move', 'svc/web', '--to', to)).toMatchObject({
      status: 2,
      stderr: `herald move: ${to} is down\n`,
    })
    expect(await heralds.run('move', 'svc/web', '--back')).toMatchObject({ status: 0 })
  })

  it('another answer soon after the node that answers dies without a word', async () => {
    const since = Date.now()
    heralds.freeze(owner)
    await segment.node(owner).cutLink()
    const { arp, udp } = await takeover(owner, since)
    // The figure is the bench's; this bound only tells a third of a second from the seconds of a lease or a poll.
    expect(Math.max(arp ?? Infinity, udp ?? Infinity)).toBeLessThan(1500)
    heralds.thaw(owner)
    await segment.node(owner).healLink()
  })

  it.each([1000, 10_000])(
    'one owner at a time through a pause of %i ms of the one that answers',
    async (pause) => {
      const since = Date.now()
      heralds.freeze(owner)
      await takeover(owner, since)
      await sleep(Math.max(0, since + pause - Date.now()))
      heralds.thaw(owner)
      const thawed = Date.now()
      await heralds.whole()
      await segment.settled()
      // The one that wakes may get the address back, as it is elected; it must have been asked for first.
      const { arp } = segment.look()
      expect(overlapOf(arp.filter(({ at }) => at < thawed))).toBe(0)
      expect(overlapOf(arp)).toBeLessThanOrEqual(200)
    },
  )

  it('at most 200 ms of two owners after a segment that was divided is whole again', async () => {
    const others = segment.names.filter((name) => name !== owner)
    await segment.lab.divide([
      [owner, 'backend'],
      [...others, 'client', 'asker'],
    ])
    await segment.settled({ former: owner })
    await sleep(500)
    const healed = Date.now()
    await segment.lab.divide([])
    await heralds.whole()
    await segment.settled()
    const after = segment.look().arp.filter(({ at }) => at >= healed)
    expect(overlapOf(after)).toBeLessThanOrEqual(200)
  })

  it('no second owner while one hears nothing, or is not heard', async () => {
    for (const direction of ['received', 'sent'] as const) {
      await segment.node(owner).lose(100, 'eth0', direction)
      await sleep(1500)
      await segment.node(owner).lose(0)
      await heralds.whole()
      owner = await segment.settled()
    }
    expect(overlapOf(segment.look().arp)).toBeLessThanOrEqual(200)
  })

  it('another answer after kill -9 of the process alone', async () => {
    const since = Date.now()
    heralds.process(owner).kill('SIGKILL')
    const { arp } = await takeover(owner, since)
    expect(arp).toBeLessThan(1500)
    heralds.startOn(owner)
    await heralds.whole()
  })
})
