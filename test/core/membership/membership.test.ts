import { describe, expect, it } from 'vitest'

import { bootFrom, noBoot, type BootId } from '#core/membership/boot.ts'
import type { Beat } from '#core/membership/beat.ts'
import { membersOf } from '#core/membership/members.ts'
import {
  initialState,
  transition,
  type MembershipEffect,
  type MembershipEvent,
  type MembershipState,
} from '#core/membership/membership.ts'
import { timingOf } from '#core/membership/timing.ts'
import { instantAt, milliseconds } from '#core/model/duration.ts'

const timing = timingOf(milliseconds(50), milliseconds(350))
const bootOf = (n: number): BootId => bootFrom(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, n))
const own = bootOf(1)

/** Node a, driven by hand: each step says when it happens. */
function nodeA(...peers: string[]) {
  let state: MembershipState = initialState({ self: 'a', boot: own }, timing, instantAt(0))
  const feed = (event: MembershipEvent): readonly MembershipEffect[] => {
    const step = transition(state, event)
    state = step.state
    return step.effects
  }
  const node = {
    feed,
    tick: (at: number) => feed({ type: 'tick', now: instantAt(at) }),
    tickEach50: (from: number, to: number) => {
      for (let at = from; at <= to; at += 50) node.tick(at)
    },
    expect: (at: number, ...names: string[]) =>
      feed({
        type: 'expect',
        now: instantAt(at),
        peers: names.map((name) => ({ node: name, addresses: [`addr-${name}`] })),
      }),
    hear: (at: number, beat: Partial<Beat> & { from: string }) =>
      feed({
        type: 'beat',
        now: instantAt(at),
        beat: { kind: 'active', boot: bootOf(2), echo: own, sequence: at + 1, ...beat },
      }),
    phase: () => state.phase.at,
    alive: () =>
      membersOf(state)
        .filter((member) => member.alive)
        .map((member) => member.node),
    detail: (name: string) => membersOf(state).find((member) => member.node === name)?.detail,
  }
  node.expect(0, ...peers)
  return node
}

const beatsIn = (effects: readonly MembershipEffect[]): Beat[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat] : []))
const disbeliefIn = (effects: readonly MembershipEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'disbelieved' ? [effect.why] : []))

describe('starting', () => {
  it('listens for the whole threshold when nobody is heard, then counts the others as dead', () => {
    const a = nodeA('a', 'b', 'c')
    a.tickEach50(50, 300)
    expect(a.phase()).toBe('listening')
    a.tick(350)
    expect(a.phase()).toBe('active')
    expect(a.alive()).toEqual(['a'])
    expect(a.detail('b')).toBe('never heard since this process started')
  })

  it('stops listening as soon as every peer was heard', () => {
    const a = nodeA('a', 'b', 'c')
    a.tick(50)
    a.hear(60, { from: 'b' })
    expect(a.phase()).toBe('listening')
    a.hear(70, { from: 'c' })
    expect(a.phase()).toBe('active')
    expect(a.alive()).toEqual(['a', 'b', 'c'])
  })

  it('has nobody to listen to when it is the only node', () => {
    const a = nodeA('a')
    expect(beatsIn(a.tick(50))).toEqual([])
    expect(a.phase()).toBe('active')
  })

  it('listens again when its first peers appear later', () => {
    const a = nodeA('a')
    a.tickEach50(50, 1000)
    a.expect(1000, 'a', 'b')
    expect(a.phase()).toBe('listening')
    a.tickEach50(1050, 1350)
    expect(a.phase()).toBe('active')
  })

  it('tells the others that it is listening, then that it is active', () => {
    const a = nodeA('a', 'b')
    expect(beatsIn(a.tick(50)).map((beat) => beat.kind)).toEqual(['listening'])
    a.hear(60, { from: 'b' })
    expect(beatsIn(a.tick(100)).map((beat) => beat.kind)).toEqual(['active'])
  })
})

describe('silence', () => {
  it('is death only when longer than the threshold', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b' })
    a.tickEach50(50, 350)
    expect(a.alive()).toEqual(['a', 'b'])
    expect(a.tick(400)).toContainEqual({ type: 'changed' })
    expect(a.alive()).toEqual(['a'])
    expect(a.detail('b')).toBe('no heartbeat for more than 350 ms')
  })

  it('ends with the next beat', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b' })
    a.tickEach50(50, 500)
    expect(a.hear(510, { from: 'b' })).toContainEqual({ type: 'changed' })
    expect(a.alive()).toEqual(['a', 'b'])
  })

  it('does not matter once the peer has left, which counts at once', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b' })
    expect(a.hear(20, { from: 'b', kind: 'leaving' })).toContainEqual({ type: 'changed' })
    expect(a.alive()).toEqual(['a'])
    expect(a.detail('b')).toBe('left')
    for (let at = 50; at <= 1000; at += 50) {
      expect(a.tick(at).filter((effect) => effect.type !== 'send')).toEqual([])
    }
    expect(a.detail('b')).toBe('left')
  })

  it('reports nothing when nothing changes', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b' })
    expect(a.hear(60, { from: 'b' })).toEqual([])
    expect(a.tick(65).filter((effect) => effect.type !== 'send')).toEqual([])
  })

  it('of a peer that only listens keeps it out: it takes part in nothing yet', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b', kind: 'listening' })
    expect(a.alive()).toEqual(['a'])
    expect(a.detail('b')).toBe('starting: it listens before it takes part')
  })
})

describe('a pause of our own', () => {
  const settled = () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b' })
    a.tick(50)
    return a
  }

  it('is not mistaken for the silence of others', () => {
    const a = settled()
    expect(a.tick(5000)).toEqual([{ type: 'paused', gap: 4950 }, { type: 'changed' }])
    expect(a.phase()).toBe('listening')
    expect(a.alive()).toEqual(['a', 'b'])
  })

  it('goes unnoticed by the others when beats are waiting in the socket', () => {
    const a = settled()
    expect(beatsIn(a.tick(350))).toEqual([])
    a.hear(351, { from: 'b' })
    expect(a.phase()).toBe('active')
    expect(beatsIn(a.tick(400)).map((beat) => beat.kind)).toEqual(['active'])
  })

  it('gives peers that were silent before it a few beats to come back, no more', () => {
    const a = nodeA('a', 'b', 'c')
    a.hear(10, { from: 'b' })
    a.hear(10, { from: 'c' })
    for (let at = 50; at <= 500; at += 50) {
      a.tick(at)
      a.hear(at + 1, { from: 'b' })
    }
    expect(a.alive()).toEqual(['a', 'b'])
    a.tick(5000)
    a.hear(5001, { from: 'b' })
    a.tick(5050)
    expect(a.phase()).toBe('listening')
    a.tickEach50(5100, 5150)
    expect(a.phase()).toBe('active')
    expect(a.alive()).toEqual(['a', 'b'])
  })

  it('ends in a whole threshold of listening when nobody is heard', () => {
    const a = settled()
    a.tick(5000)
    a.tickEach50(5050, 5300)
    expect(a.phase()).toBe('listening')
    a.tick(5350)
    expect(a.phase()).toBe('active')
    expect(a.alive()).toEqual(['a'])
  })

  it('does not matter to a node that has no peers: nobody can have taken over', () => {
    const a = nodeA('a')
    a.tick(50)
    expect(a.tick(5000)).toEqual([])
    expect(a.phase()).toBe('active')
  })

  it('shorter than the limit changes nothing', () => {
    const a = settled()
    expect(a.tick(300).map((effect) => effect.type)).toEqual(['send'])
  })
})

describe('belief', () => {
  it('ignores nodes the folder does not know', () => {
    const a = nodeA('a', 'b')
    expect(disbeliefIn(a.hear(10, { from: 'z' }))).toEqual(['stranger'])
  })

  it('ignores its own name', () => {
    const a = nodeA('a', 'b')
    expect(disbeliefIn(a.hear(10, { from: 'a' }))).toEqual(['stranger'])
  })

  it('counts a beat only when it echoes this life of ours, and learns whom to echo from one that does not', () => {
    const a = nodeA('a', 'b')
    expect(beatsIn(a.tick(50))[0]?.echo).toBe(noBoot)
    a.hear(60, { from: 'b', boot: bootOf(7), echo: noBoot })
    expect(a.alive()).toEqual(['a'])
    expect(beatsIn(a.tick(100))[0]?.echo).toBe(bootOf(7))
    a.hear(110, { from: 'b', boot: bootOf(7), echo: own })
    expect(a.alive()).toEqual(['a', 'b'])
  })

  it('takes the same beat by two addresses once, and an older one not at all', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b', sequence: 5 })
    expect(disbeliefIn(a.hear(11, { from: 'b', sequence: 5 }))).toEqual(['duplicate'])
    expect(disbeliefIn(a.hear(12, { from: 'b', sequence: 4 }))).toEqual(['replay'])
  })

  it('follows a peer into its next life and never back', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b', boot: bootOf(7), sequence: 900 })
    a.hear(20, { from: 'b', boot: bootOf(8), sequence: 1 })
    expect(disbeliefIn(a.hear(30, { from: 'b', boot: bootOf(7), sequence: 901 }))).toEqual(['replay'])
    a.tickEach50(50, 350)
    expect(a.alive()).toEqual(['a', 'b'])
    a.tick(400)
    expect(a.alive()).toEqual(['a'])
  })

  it('is not talked out of a living peer by beats of a life from before our start', () => {
    const a = nodeA('a', 'b')
    a.hear(10, { from: 'b', boot: bootOf(8) })
    expect(disbeliefIn(a.hear(20, { from: 'b', boot: bootOf(7), echo: bootOf(99) }))).toEqual(['unanswered'])
    expect(beatsIn(a.tick(50))[0]?.echo).toBe(bootOf(8))
  })
})

describe('leaving', () => {
  it('is told to every peer at once and in every later beat', () => {
    const a = nodeA('a', 'b', 'c')
    expect(beatsIn(a.feed({ type: 'leave' })).map((beat) => beat.kind)).toEqual(['leaving', 'leaving'])
    expect(beatsIn(a.tick(5000)).map((beat) => beat.kind)).toEqual(['leaving', 'leaving'])
  })
})

describe('the set of members', () => {
  it('forgets a removed node and keeps what it knows of the others', () => {
    const a = nodeA('a', 'b', 'c')
    a.hear(10, { from: 'b' })
    a.hear(10, { from: 'c' })
    a.expect(20, 'a', 'b')
    expect(a.alive()).toEqual(['a', 'b'])
    expect(a.detail('c')).toBeUndefined()
  })

  it('sends to the newest addresses of a node', () => {
    const a = nodeA('a', 'b')
    a.feed({
      type: 'expect',
      now: instantAt(10),
      peers: [{ node: 'b', addresses: ['192.0.2.9', 'fd00::9'] }],
    })
    const [sent] = a.tick(50).filter((effect) => effect.type === 'send')
    expect(sent).toMatchObject({ addresses: ['192.0.2.9', 'fd00::9'] })
  })
})
