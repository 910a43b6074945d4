/*
 * This node's rights to speak for addresses that one node must speak for, and what the others are told of them.
 *
 *            nobody answers, or who does agreed           the plugin serves
 *   none ──────────────────────────────────────► minted ─────────────────────► held
 *     ▲                                                                          │ another node was elected, and lives
 *     └── a higher epoch is heard: that node serves; or nobody came for it ─── offered
 *
 * Where this node could go on answering, the move waits its turn first (core/moves/pace.ts): the claim names the heir,
 * who then waits too, and an offer that nobody comes for is taken back.
 *
 * An offer is the consent to be taken over from, and a higher epoch, told once its node serves, is the
 * acknowledgement: until then the former owner answers, so that no question goes unanswered in between.
 *
 * Of an address whose data path is shut here the others are told so, whether this node answers for it or not; one that
 * does gives its consent by it.
 */
import type { Fence, Grant } from '#core/announcer.ts'
import { outranks, shutPath, speaks } from '#core/membership/claims.ts'
import type { Claim } from '#core/membership/message.ts'
import type { Address } from '#core/model/address.ts'
import type { PathState } from '#core/model/facts.ts'
import { milliseconds, since, type Duration } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import type { GrantBook } from '#core/runtime/fence.ts'

import type { Liveness, NodeClaim } from '../membership/liveness.ts'
import type { Holding } from '../membership/protocol.ts'
import { Company } from './company.ts'

/** How long a node that answers, and was not elected, may keep the elected one waiting. */
const yieldPatience: Duration = milliseconds(1000)
/** How long an offer stands that nobody comes for. */
const offerPatience: Duration = milliseconds(3000)
/** What a process that stops waits for its heirs: long enough to hear a farewell, decide and speak up. */
export const handover: Duration = milliseconds(150)
/**
 * How long after the last word of one who left its farewell stands for consent. Some heirs are slow, a first decision on
 * 10,000 Services takes half a second, and one that asks the wire first leaves its addresses unanswered meanwhile.
 */
const farewellStands: Duration = milliseconds(1000)

/** What the others know of a right. */
type Told = Pick<Claim, 'state' | 'to'>

export interface RightsDeps {
  readonly grants: GrantBook
  readonly liveness: Liveness
  readonly clock: Clock
  /** How long all members must have been there before a right counts as fresh; absent: ten seconds. */
  readonly settles?: Duration
}

export class Rights {
  private readonly deps: RightsDeps
  private readonly listeners = new Set<() => void>()
  private readonly company: Company
  private certain: boolean
  private readonly told = new Map<Address, Told>()
  /** Addresses that somebody else holds, with the end of our patience; `over`: it has come. */
  private readonly waits = new Map<Address, { readonly cancel: () => void; over: boolean }>()
  private readonly offers = new Map<Address, () => void>()
  /** What is said of the data path from this node to an address. */
  private readonly paths = new Map<Address, PathState>()

  constructor(deps: RightsDeps) {
    this.deps = deps
    this.company = new Company(deps)
    this.certain = deps.liveness.isCertain()
    deps.liveness.onOutranked(({ address, counter }) => {
      if (this.held(address)?.epoch.counter !== counter) return
      this.release([address])
      this.publish()
    })
    deps.liveness.onChange(() => this.livenessChanged())
  }

  get fence(): Fence {
    return this.deps.grants.fence
  }

  /** Called when a right was lost, an offer ran out or a wait is over. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  held(address: Address): Grant | undefined {
    return this.deps.grants.held(address)
  }

  addresses(): readonly Address[] {
    return this.deps.grants.addresses()
  }

  /**
   * The right to speak; undefined while another node answers that has not agreed, while this node is in doubt of
   * itself, or when every slot is taken.
   */
  grant(address: Address): Grant | undefined {
    const { grants, liveness } = this.deps
    const held = grants.held(address)
    if (held !== undefined) {
      if (this.told.has(address)) this.tell(address, held, { state: 'held' })
      this.endOffer(address)
      return held
    }
    if (!liveness.isCertain()) return undefined
    const others = liveness.claimsOn(address).filter(speaks)
    const living = others.filter(({ node }) => this.isAlive(node))
    if (this.isHeldElsewhere(address) && !this.patienceOver(address)) return undefined
    this.endWait(address)
    const agreed = living.length > 0 || others.some((claim) => this.isBequeathed(claim))
    const highest = liveness.epochOf(address)
    const fresh = highest === undefined && others.length === 0 && this.company.isComplete()
    const grant = grants.grant(address, { after: highest?.counter ?? 0, handover: agreed, fresh })
    if (grant === undefined) return undefined
    const claim = { address, counter: grant.epoch.counter, state: 'minted' } as const
    liveness.claim([{ claim, slot: grant.slot }], [])
    return grant
  }

  /**
   * The network has been told: the others may know. Not of one in doubt of itself, whom nobody need have heard: it asks
   * anew when the doubt ends.
   */
  served(address: Address): void {
    const grant = this.held(address)
    if (grant === undefined || this.told.has(address) || !this.deps.liveness.isCertain()) return
    this.tell(address, grant, { state: 'held' })
  }

  /** Whoever was elected may take over. What was not served yet is nobody's to take over: somebody else may answer. */
  offer(address: Address): void {
    const grant = this.held(address)
    if (grant === undefined) return
    if (!this.told.has(address)) return this.release([address])
    this.endOffer(address)
    this.tell(address, grant, { state: 'offered' })
  }

  /** The same for what this node cannot go on answering for: when nobody comes for it, it falls silent. */
  resign(address: Address): void {
    if (this.offers.has(address)) return
    this.offer(address)
    if (this.held(address) === undefined) return
    const cancel = this.deps.clock.after(offerPatience, () => {
      this.release([address])
      this.publish()
    })
    this.offers.set(address, cancel)
  }

  /** Goes on answering until it is the address's turn; `to`, who was elected, is told to wait for it. */
  queue(address: Address, to: string): void {
    const grant = this.held(address)
    if (grant === undefined) return
    if (!this.told.has(address)) return this.release([address])
    this.endOffer(address)
    this.tell(address, grant, { state: 'held', to })
  }

  /** Keeps exactly these; everything else falls silent, on every thread. */
  retain(addresses: ReadonlySet<Address>): void {
    this.release(this.addresses().filter((address) => !addresses.has(address)))
    for (const address of this.waits.keys()) if (!addresses.has(address)) this.endWait(address)
  }

  /** What is new of data paths; undefined: nothing is said of it any more. */
  setPaths(news: ReadonlyMap<Address, PathState | undefined>): void {
    for (const [address, path] of news)
      if (path === undefined) this.paths.delete(address)
      else this.paths.set(address, path)
    for (const address of news.keys()) {
      const grant = this.held(address)
      if (grant !== undefined && this.told.has(address)) this.tell(address, grant, { state: 'held' })
    }
    this.withdraw([...news.keys()].filter((address) => this.held(address) === undefined))
  }

  /** Whoever was in doubt begins anew with what it had not served yet: who answers may have changed meanwhile. */
  private livenessChanged(): void {
    const certain = this.deps.liveness.isCertain()
    const regained = certain && !this.certain
    this.certain = certain
    if (regained) this.release(this.addresses().filter((address) => !this.told.has(address)))
    const moot = this.addresses().filter((address) => this.isMoot(address))
    this.release(moot)
    const free = [...this.waits.keys()].some((address) => !this.isHeldElsewhere(address))
    if (regained || free || moot.length > 0) this.publish()
  }

  /**
   * Nobody was known to answer when the right was minted, and before it is served somebody says that he does. One who
   * leaves has agreed to be taken over from: the wire, where he still answers, need not be asked.
   */
  private isMoot(address: Address): boolean {
    if (this.told.has(address) || this.held(address)?.handover === true) return false
    const claims = this.deps.liveness.claimsOn(address).filter(speaks)
    return claims.some((claim) => this.isAlive(claim.node) || this.isBequeathed(claim))
  }

  /**
   * By one who leaves, and may answer until it is relieved. What it said outlasts it: once somebody has taken over, or when it
   * must be gone, the wire is asked, for whoever did may be one that is not heard.
   */
  private isBequeathed({ node, address, counter }: NodeClaim): boolean {
    const { liveness, clock } = this.deps
    const sign = liveness.lastHeard(node)
    if (!liveness.isLeaving(node) || sign === undefined || since(sign, clock.now()) > farewellStands)
      return false
    const highest = liveness.epochOf(address)
    return highest === undefined || !outranks(highest, { counter, node })
  }

  private release(addresses: readonly Address[]): void {
    if (addresses.length === 0) return
    for (const address of addresses) {
      this.deps.grants.revoke(address)
      this.told.delete(address)
      this.endOffer(address)
    }
    this.withdraw(addresses)
  }

  /** Says no more of them than what is said of their data paths. */
  private withdraw(addresses: readonly Address[]): void {
    if (addresses.length === 0) return
    const put = addresses.flatMap((address): Holding[] => {
      const path = this.paths.get(address)
      return path ? [{ claim: shutPath(address, path) }] : []
    })
    const drop = addresses.filter((address) => !this.paths.has(address))
    this.deps.liveness.claim(put, drop)
  }

  /** Nothing is said twice. */
  private tell(address: Address, { epoch: { counter }, slot }: Grant, wish: Told): void {
    const path = this.paths.get(address)
    const news: Told = path === undefined || path === 'untried' ? wish : { state: 'failing' }
    const before = this.told.get(address)
    if (before?.state === news.state && before.to === news.to) return
    this.told.set(address, news)
    this.deps.liveness.claim([{ claim: { address, counter, ...news }, slot }], [])
  }

  /**
   * By a node that lives and has not agreed to be taken over from. `failing` agrees beforehand: of one that does not hear
   * us it says nothing, for it would not hear of the taking over either.
   */
  private isHeldElsewhere(address: Address): boolean {
    const claims = this.deps.liveness.claimsOn(address)
    return claims.some(
      ({ node, state }) =>
        (state === 'held' && this.isAlive(node)) ||
        (state === 'failing' && this.isAlive(node) && this.deafNodes().includes(node)),
    )
  }

  private isAlive(node: string): boolean {
    return this.deps.liveness.members().some((member) => member.node === node && member.alive)
  }

  private patienceOver(address: Address): boolean {
    const known = this.waits.get(address)
    if (known !== undefined) return known.over
    this.waitFor(address)
    return false
  }

  /**
   * A holder that does not hear us could not be told, and would go on answering beside us: it is waited for. So is one
   * that knows who was elected, and hands over in its turn.
   */
  private waitFor(address: Address): void {
    const cancel = this.deps.clock.after(yieldPatience, () => {
      if (this.isHeldByOneWhoDoesNotHear(address) || this.isQueued(address)) return this.waitFor(address)
      const wait = this.waits.get(address)
      if (wait !== undefined) wait.over = true
      this.publish()
    })
    this.waits.set(address, { cancel, over: false })
  }

  private isQueued(address: Address): boolean {
    const claims = this.deps.liveness.claimsOn(address)
    return claims.some(({ node, state, to }) => state === 'held' && to !== undefined && this.isAlive(node))
  }

  private isHeldByOneWhoDoesNotHear(address: Address): boolean {
    const deaf = this.deafNodes()
    return (
      deaf.length > 0 &&
      this.deps.liveness.claimsOn(address).some((claim) => speaks(claim) && deaf.includes(claim.node))
    )
  }

  private deafNodes(): string[] {
    return this.deps.liveness.members().flatMap(({ node, hearsUs }) => (hearsUs === false ? [node] : []))
  }

  private endWait(address: Address): void {
    this.waits.get(address)?.cancel()
    this.waits.delete(address)
  }

  private endOffer(address: Address): void {
    this.offers.get(address)?.()
    this.offers.delete(address)
  }

  private publish(): void {
    for (const listener of this.listeners) listener()
  }
}
