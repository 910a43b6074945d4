/* What the main thread knows of the members: the sum of what the heartbeat engine has told so far. */
import type { Epoch } from '#core/announcer.ts'
import { isTold, outranks, type OwnClaim } from '#core/membership/claims.ts'
import type { Claim } from '#core/membership/message.ts'
import type { Returns } from '#core/membership/state.ts'
import type { Address } from '#core/model/address.ts'
import type { Instant } from '#core/model/duration.ts'
import type { Member } from '#core/ports.ts'

import type { NodeClaim } from './liveness.ts'
import type { FromHeartbeats, Holding } from './protocol.ts'

type Told<Kind extends FromHeartbeats['kind']> = Extract<FromHeartbeats, { kind: Kind }>

export class Picture {
  readonly #self: string
  #members: readonly Member[]
  #takesPart = false
  #certain = false
  #leaving: ReadonlySet<string> = new Set()
  #dead: ReadonlySet<string> = new Set()
  readonly #signs = new Map<string, Instant>()
  /** Of the others, by node. */
  readonly #claims = new Map<string, ReadonlyMap<Address, NodeClaim>>()
  #returns: Returns = new Map()
  readonly #epochs = new Map<Address, Epoch>()
  readonly #holdings = new Map<Address, Holding>()
  #pathsAreTold = false

  constructor(self: string) {
    this.#self = self
    this.#members = [{ node: self, alive: true, detail: 'this process' }]
  }

  get members(): readonly Member[] {
    return this.#members
  }

  get takesPart(): boolean {
    return this.#takesPart
  }

  get certain(): boolean {
    return this.#certain
  }

  /** Without an engine that tells. */
  set takesPart(takesPart: boolean) {
    this.#takesPart = takesPart
    this.#certain = takesPart
  }

  isLeaving(node: string): boolean {
    return this.#leaving.has(node)
  }

  isDead(node: string): boolean {
    return this.#dead.has(node)
  }

  lastHeard(node: string): Instant | undefined {
    return this.#signs.get(node)
  }

  claimsOn(address: Address): readonly NodeClaim[] {
    return [...this.#claims.values()].flatMap((claims) => claims.get(address) ?? [])
  }

  wordsOn(address: Address): readonly NodeClaim[] {
    const own = this.#holdings.get(address)?.claim
    const others = this.claimsOn(address)
    return own !== undefined && isTold(own) ? [{ ...own, node: this.#self }, ...others] : others
  }

  /** Whether anybody has ever said something of a data path. */
  get pathsAreTold(): boolean {
    return this.#pathsAreTold
  }

  #noteWord({ state }: Claim | OwnClaim): void {
    if (state === 'shut' || state === 'failing') this.#pathsAreTold = true
  }

  get returns(): Returns {
    return this.#returns
  }

  epochOf(address: Address): Epoch | undefined {
    return this.#epochs.get(address)
  }

  /** What this node says of addresses: told again to an engine that starts anew. */
  holdings(): readonly Holding[] {
    return [...this.#holdings.values()]
  }

  hold(put: readonly Holding[], drop: readonly Address[]): void {
    for (const address of drop) this.#holdings.delete(address)
    for (const holding of put) {
      this.#holdings.set(holding.claim.address, holding)
      this.#noteWord(holding.claim)
    }
  }

  membersAre({ members, ages, leaving, dead, takesPart, certain }: Told<'members'>, now: Instant): void {
    this.#members = members
    this.#leaving = new Set(leaving)
    this.#dead = new Set(dead)
    this.#takesPart = takesPart
    this.#certain = certain
    this.#signs.clear()
    for (const [node, age] of Object.entries(ages)) this.#signs.set(node, (now - age) as Instant)
  }

  /** Returns the addresses of which it may say something else now. */
  claimsAre({ node, whole, put, drop }: Told<'claims'>): Iterable<Address> {
    const before = this.#claims.get(node)
    const claims = new Map(whole ? [] : before)
    for (const address of drop) claims.delete(address)
    for (const claim of put) {
      claims.set(claim.address, { ...claim, node })
      this.#noteWord(claim)
    }
    this.#claims.set(node, claims)
    return new Set([...(whole ? (before?.keys() ?? []) : drop), ...put.map(({ address }) => address)])
  }

  returnsAre({ node, ages }: Told<'returns'>, now: Instant): void {
    const returns = new Map(this.#returns)
    if (ages.length === 0) returns.delete(node)
    else
      returns.set(
        node,
        ages.map((age) => (now - age) as Instant),
      )
    this.#returns = returns
  }

  learn({ node, epochs }: Told<'epochs'>): void {
    for (const { address, counter } of epochs) {
      const known = this.#epochs.get(address)
      if (known === undefined || outranks({ counter, node }, known))
        this.#epochs.set(address, { counter, node })
    }
  }

  outranked({ address, counter }: Told<'outranked'>): void {
    if (this.#holdings.get(address)?.claim.counter === counter) this.#holdings.delete(address)
  }
}
