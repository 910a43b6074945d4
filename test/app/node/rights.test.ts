import { beforeEach, describe, expect, it } from 'vitest'

import type { Holding } from '#app/membership/protocol.ts'
import { Rights } from '#app/node/rights.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import type { Claim } from '#core/membership/message.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Member } from '#core/ports.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { FakeLiveness } from '../standalone/world.ts'

const vip = '192.0.2.10' as Address

/** Node b lives and says what the test says. */
class Talk extends FakeLiveness {
  theirs: Claim | undefined
  leaving = false
  highest = 0
  minter = 'b'
  deaf = false
  readonly said: string[] = []
  private outranked: (of: {
    address: Address
    counter: number
    by: { counter: number; node: string }
  }) => void = () => {}

  override claim(put: readonly Holding[] = [], drop: readonly Address[] = []): void {
    for (const { claim } of put)
      this.said.push([claim.state, claim.counter, ...(claim.to ? ['to', claim.to] : [])].join(' '))
    for (const address of drop) this.said.push(`dropped ${address}`)
  }

  override members(): readonly Member[] {
    const found = super.members()
    return this.deaf ? found.map((one) => (one.node === 'b' ? { ...one, hearsUs: false } : one)) : found
  }

  override claimsOn(): never {
    return (this.theirs === undefined ? [] : [{ ...this.theirs, node: 'b' }]) as never
  }

  override epochOf(): never {
    return (this.highest === 0 ? undefined : { counter: this.highest, node: this.minter }) as never
  }

  override isLeaving(): boolean {
    return this.leaving
  }

  override onOutranked(listener: Talk['outranked'] = () => {}): () => void {
    this.outranked = listener
    return () => {}
  }

  /** Node b says farewell, and answers until it is relieved. */
  takeLeave(): void {
    this.theirs = { address: vip, counter: 5, state: 'held' }
    this.highest = 5
    this.heardAt = clock.now()
    this.dead.add('b')
    this.leaving = true
  }

  outrank(counter: number): void {
    this.outranked({ address: vip, counter, by: { counter: counter + 1, node: 'b' } })
  }
}

let clock: FakeClock
let talk: Talk
let rights: Rights
let changes: number

beforeEach(() => {
  clock = new FakeClock()
  talk = new Talk('a')
  talk.expect([
    { node: 'a', addresses: ['a'] },
    { node: 'b', addresses: ['b'] },
  ])
  rights = new Rights({ grants: new GrantBook({ node: 'a' }), liveness: talk, clock })
  changes = 0
  rights.onChange(() => changes++)
})

describe('a right', () => {
  it('is minted above every epoch heard of, and told once the network was told', () => {
    talk.highest = 41
    expect(rights.grant(vip)?.epoch).toEqual({ counter: 42, node: 'a' })
    rights.served(vip)
    rights.served(vip)
    expect(talk.said).toEqual(['minted 42', 'held 42'])
  })

  it('is fresh where nobody has ever spoken of the address, and all have been there for ten seconds', async () => {
    await clock.advance(milliseconds(9999))
    expect(rights.grant(vip)?.fresh).toBeUndefined()
    rights.retain(new Set())
    await clock.advance(milliseconds(1))
    expect(rights.grant(vip)?.fresh).toBe(true)
  })

  it.each<[string, (talk: Talk) => void]>([
    ['an epoch is known, of a node that is gone', (talk) => (talk.highest = 5)],
    ['a node is dead, or was never heard', (talk) => talk.dead.add('b')],
    ['a node leaves', (talk) => (talk.leaving = true)],
    ['a node does not hear us', (talk) => (talk.deaf = true)],
  ])('is not fresh when %s', async (_, how) => {
    await clock.advance(milliseconds(20_000))
    talk.change((of) => how(of as Talk))
    expect(rights.grant(vip)?.fresh).toBeUndefined()
  })

  it.each<[string, (talk: Talk) => void, (talk: Talk) => void]>([
    ['a node was away', (talk) => talk.dead.add('b'), (talk) => talk.dead.delete('b')],
    ['this node was in doubt', (talk) => (talk.certain = false), (talk) => (talk.certain = true)],
    ['a node was removed', (talk) => talk.expect([{ node: 'a', addresses: ['a'] }]), () => undefined],
  ])('is not fresh for ten seconds after %s', async (_, how, mend) => {
    await clock.advance(milliseconds(20_000))
    talk.change((of) => how(of as Talk))
    talk.change((of) => mend(of as Talk))
    await clock.advance(milliseconds(9999))
    expect(rights.grant(vip)?.fresh).toBeUndefined()
    rights.retain(new Set())
    await clock.advance(milliseconds(1))
    expect(rights.grant(vip)?.fresh).toBe(true)
  })

  it('is not taken from a node that lives and answers, for as long as patience lasts', async () => {
    talk.theirs = { address: vip, counter: 5, state: 'held' }
    talk.highest = 5
    expect(rights.grant(vip)).toBeUndefined()
    await clock.advance(milliseconds(999))
    expect(rights.grant(vip)).toBeUndefined()
    await clock.advance(milliseconds(1))
    expect(changes).toBe(1)
    expect(rights.grant(vip)).toMatchObject({ epoch: { counter: 6 }, handover: true })
  })

  it('is taken at once when the one that answers offers it, drops it or dies', () => {
    talk.theirs = { address: vip, counter: 5, state: 'held' }
    expect(rights.grant(vip)).toBeUndefined()
    talk.change((of) => ((of as Talk).theirs = { address: vip, counter: 5, state: 'offered' }))
    expect(changes).toBe(1)
    expect(rights.grant(vip)?.handover).toBe(true)
    rights.retain(new Set())
    talk.dead.add('b')
    expect(rights.grant(vip)?.handover).toBeUndefined()
    expect(clock.pending()).toBe(0)
  })

  it('of a node that leaves is taken over without asking the wire', () => {
    talk.takeLeave()
    expect(rights.grant(vip)?.handover).toBe(true)
  })

  it('of a node that left is taken over after asking the wire, once that one must be gone', async () => {
    talk.takeLeave()
    await clock.advance(milliseconds(1000))
    expect(rights.grant(vip)?.handover).toBe(true)
    rights.retain(new Set())
    await clock.advance(milliseconds(1))
    const grant = rights.grant(vip)
    expect(grant?.handover).toBeUndefined()
    talk.change(() => {})
    expect(rights.held(vip)).toBe(grant)
  })

  it('of a node that leaves is taken over after asking the wire, when somebody has taken over before', () => {
    talk.takeLeave()
    talk.highest = 6
    talk.minter = 'c'
    const grant = rights.grant(vip)
    expect(grant).toMatchObject({ epoch: { counter: 7 } })
    expect(grant?.handover).toBeUndefined()
    talk.change(() => {})
    expect(rights.held(vip)).toBe(grant)
  })

  it('to an address whose data path is shut is told as consent, and the path is told without a right as well', () => {
    rights.grant(vip)
    rights.served(vip)
    rights.setPaths(new Map([[vip, 'shut']]))
    rights.resign(vip)
    expect(talk.said.slice(1)).toEqual(['held 1', 'failing 1'])
    rights.retain(new Set())
    rights.setPaths(new Map([[vip, undefined]]))
    expect(talk.said.slice(3)).toEqual(['shut 1', `dropped ${vip}`])
  })

  it('that never was, or has yet to be tried, is told apart from one that worked before', () => {
    rights.setPaths(new Map([[vip, 'untried']]))
    rights.setPaths(new Map([[vip, 'never-open']]))
    rights.setPaths(new Map([[vip, 'shut']]))
    expect(talk.said).toEqual(['shut 2', 'shut 0', 'shut 1'])
    rights.grant(vip)
    rights.served(vip)
    rights.setPaths(new Map([[vip, 'untried']]))
    expect(talk.said.slice(4)).toEqual(['failing 1', 'held 1'])
  })

  it('is taken at once from a node whose data path is shut, and held again when it opens', () => {
    talk.theirs = { address: vip, counter: 5, state: 'failing' }
    expect(rights.grant(vip)?.handover).toBe(true)
    rights.served(vip)
    rights.setPaths(new Map([[vip, 'shut']]))
    rights.setPaths(new Map([[vip, undefined]]))
    expect(talk.said.slice(1)).toEqual(['held 1', 'failing 1', 'held 1'])
  })

  it('is not taken from a node whose data path is shut, and which would not hear of it', async () => {
    talk.theirs = { address: vip, counter: 5, state: 'failing' }
    talk.deaf = true
    expect(rights.grant(vip)).toBeUndefined()
    await clock.advance(milliseconds(60_000))
    expect(rights.grant(vip)).toBeUndefined()
    talk.change((of) => ((of as Talk).deaf = false))
    expect(changes).toBe(1)
    expect(rights.grant(vip)?.handover).toBe(true)
  })

  it('that is offered stays open until a higher epoch is heard', () => {
    const grant = rights.grant(vip)!
    rights.served(vip)
    rights.offer(vip)
    expect(talk.said.at(-1)).toBe(`offered ${grant.epoch.counter}`)
    expect(rights.fence.permits(grant)).toBe(true)
    talk.outrank(grant.epoch.counter)
    expect(rights.fence.permits(grant)).toBe(false)
    expect(changes).toBe(1)
    expect(clock.pending()).toBe(0)
  })

  it('that was not served yet is dropped instead of offered: somebody else may answer', () => {
    const grant = rights.grant(vip)!
    rights.offer(vip)
    expect(rights.fence.permits(grant)).toBe(false)
    expect(talk.said).toEqual(['minted 1', `dropped ${vip}`])
  })

  it('begins anew when, before it is served, a node that lives is heard to answer', () => {
    rights.grant(vip)
    talk.change((of) => ((of as Talk).theirs = { address: vip, counter: 5, state: 'offered' }))
    expect(changes).toBe(1)
    expect(rights.held(vip)).toBeUndefined()
    expect(rights.grant(vip)?.handover).toBe(true)
  })

  it('begins anew when, before it is served, a node that leaves is heard to answer', () => {
    talk.dead.add('b')
    talk.leaving = true
    expect(rights.grant(vip)?.handover).toBeUndefined()
    talk.change((of) => (of as Talk).takeLeave())
    expect(changes).toBe(1)
    expect(rights.grant(vip)?.handover).toBe(true)
  })

  it('is not taken on by a node in doubt of itself, which begins anew when the doubt ends', () => {
    const before = rights.grant(vip)!
    talk.change((of) => (of.certain = false))
    expect(rights.held(vip)).toBe(before)
    expect(rights.grant('192.0.2.11' as Address)).toBeUndefined()
    talk.change((of) => (of.certain = true))
    expect(changes).toBe(1)
    expect(rights.grant(vip)?.epoch.counter).toBe(2)
  })

  it('that a node in doubt of itself says it has served is told to nobody, and begins anew when the doubt ends', () => {
    const before = rights.grant(vip)!
    talk.change((of) => (of.certain = false))
    rights.served(vip)
    talk.change((of) => (of.certain = true))
    expect(rights.fence.permits(before)).toBe(false)
    expect(talk.said).toEqual(['minted 1', `dropped ${vip}`])
    expect(rights.grant(vip)?.epoch.counter).toBe(2)
  })

  it('that is resigned and not taken ends by itself, and is held again when this node is elected again', async () => {
    const grant = rights.grant(vip)!
    rights.served(vip)
    rights.resign(vip)
    expect(rights.grant(vip)).toBe(grant)
    expect(talk.said.at(-1)).toBe(`held ${grant.epoch.counter}`)
    rights.resign(vip)
    await clock.advance(milliseconds(3000))
    expect(rights.held(vip)).toBeUndefined()
    expect(talk.said.at(-1)).toBe(`dropped ${vip}`)
  })

  it('that waits its turn is told with its heir, goes on, and is offered without an end', async () => {
    const grant = rights.grant(vip)!
    rights.served(vip)
    rights.queue(vip, 'b')
    rights.queue(vip, 'b')
    rights.offer(vip)
    await clock.advance(milliseconds(60_000))
    expect(rights.fence.permits(grant)).toBe(true)
    expect(talk.said).toEqual(['minted 1', 'held 1', 'held 1 to b', 'offered 1'])
    expect(rights.grant(vip)).toBe(grant)
    expect(talk.said.at(-1)).toBe('held 1')
  })

  it('is not taken by an heir whose turn has not come, however long that takes', async () => {
    talk.theirs = { address: vip, counter: 5, state: 'held', to: 'a' }
    expect(rights.grant(vip)).toBeUndefined()
    await clock.advance(milliseconds(60_000))
    expect(changes).toBe(0)
    talk.change((of) => ((of as Talk).theirs = { address: vip, counter: 5, state: 'offered' }))
    expect(changes).toBe(1)
    expect(rights.grant(vip)?.handover).toBe(true)
  })
})
