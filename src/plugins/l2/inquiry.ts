/*
 * Asks the wire whether somebody else answers: before this node begins to answer, each second while it does, and once
 * more after it heard of somebody.
 */
import { familyOf, type Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import type { L2Config } from './config.ts'
import { Doubts } from './doubts.ts'
import { accept, isAccepted, type Entries, type Entry } from './entry.ts'
import { FenceWait } from './fence-wait.ts'
import { Patrol } from './patrol.ts'
import { PendingDeltas } from './pending-deltas.ts'
import { probeFrame } from './probe.ts'
import { Prober } from './prober.ts'
import type { Claim } from './responder.ts'
import type { Rival } from './status.ts'
import type { Voice } from './voice.ts'

export interface InquiryDeps {
  readonly config: L2Config
  readonly clock: Clock
  readonly entries: Entries
  readonly voice: Voice
  /** What is known of the wire changed: begin to answer, or say why not. */
  readonly decided: (entries: readonly Entry[]) => void
}

/** Also the time a handover may take, in which the former owner rightly answers. */
const WITNESS_PERIOD = seconds(1)

export class Inquiry {
  readonly #deps: InquiryDeps
  readonly #prober: Prober
  readonly #fenceWait: FenceWait<Entry>
  readonly #witness: Patrol<Address>
  readonly #doubts: Doubts
  readonly #deltas = new PendingDeltas()

  constructor(deps: InquiryDeps) {
    this.#deps = deps
    const { clock, config } = deps
    this.#fenceWait = new FenceWait({
      clock,
      isShut: (entry) => this.#isShut(entry),
      over: (entries) => this.#opened(entries),
    })
    this.#prober = new Prober({
      clock,
      perSecond: config.gratuitousPerSecond,
      probe: (address) => this.#probe(address),
      free: (address) => this.#found(address),
    })
    this.#witness = new Patrol({
      clock,
      period: WITNESS_PERIOD,
      perSecond: config.witnessPerSecond,
      visit: (address) => this.#askForOthers(address),
    })
    this.#doubts = new Doubts({
      clock,
      perSecond: config.witnessPerSecond,
      ask: (address) => this.#askForOthers(address),
    })
  }

  /** Who begins to answer asks first; who has answered under this epoch, or was asked to take over, need not. */
  follow(entry: Entry): void {
    const { target, placing } = entry
    const { address, stage, grant } = target
    if (stage === 'serve') this.#witness.add(address)
    else this.#askNoMore(address)
    if (stage === 'retire') accept(entry)
    if (placing.links.length === 0 || stage !== 'serve' || !this.#deps.voice.permitted(target))
      return this.#defer(entry)
    if (isAccepted(entry)) return
    if (this.#deps.config.probe && grant?.handover !== true) this.#ask(entry)
    else accept(entry)
  }

  /** Whether this node may answer although the wire is still being asked. */
  mayAnswer({ target }: Entry): boolean {
    return this.#prober.mayAnswer(target.address) && this.#deps.voice.permitted(target)
  }

  /** Somebody else asks whether the address is free. */
  asked({ target }: Entry): void {
    this.#prober.asked(target.address)
  }

  /** Calls `applied` once nothing is being asked about any of the addresses. */
  whenDecided(addresses: readonly Address[], applied: () => void): void {
    this.#deltas.add(
      addresses.filter((address) => this.#prober.busy(address)),
      applied,
    )
  }

  /** Looks again when the fence opens, if that is what keeps the target silent. */
  awaitFence(entry: Entry): void {
    this.#fenceWait.await(entry)
  }

  /** Somebody else claims the address, or answers for it; true if that is to be told. */
  claimed(entry: Entry, rival: Rival, claim: Claim): boolean {
    const { target } = entry
    if (!this.#prober.answered(target.address)) return this.#doubts.claimed(target, claim)
    entry.rival = rival
    this.#deps.decided([entry])
    this.#deltas.decided(target.address)
    return true
  }

  forget(address: Address): void {
    this.#prober.stop(address)
    this.#askNoMore(address)
    this.#deltas.decided(address)
  }

  close(): void {
    this.#prober.close()
    this.#fenceWait.close()
    this.#witness.close()
    this.#doubts.close()
  }

  #askNoMore(address: Address): void {
    this.#witness.remove(address)
    this.#doubts.forget(address)
  }

  /** Each epoch is asked about anew; what could not be at once is fresh no more. */
  #ask(entry: Entry): void {
    const { address, grant } = entry.target
    const isNew = entry.asked !== grant?.epoch.counter
    if (isNew) this.#prober.stop(address)
    entry.asked = grant?.epoch.counter
    this.#prober.start(address, isNew && grant?.fresh === true && this.#hearsQuestions(address))
  }

  /** A raw socket for Neighbour Discovery does not tell another's question from this node's own. */
  #hearsQuestions(address: Address): boolean {
    return this.#deps.config.ndp === 'packet' || familyOf(address) === 'IPv4'
  }

  /** For now nothing can be found out. */
  #defer(entry: Entry): void {
    entry.asked = entry.target.grant?.epoch.counter
    this.#prober.stop(entry.target.address)
    this.#deltas.decided(entry.target.address)
    this.#fenceWait.await(entry)
  }

  #probe(address: Address): void {
    for (const link of this.#deps.entries.get(address)?.placing.links ?? [])
      this.#deps.voice.send(link, probeFrame(address, link.hardwareAddress))
  }

  /** This node's own answers are not heard by itself. */
  #askForOthers(address: Address): void {
    const entry = this.#deps.entries.get(address)
    if (entry !== undefined && this.#deps.voice.mayAnswer(entry)) this.#probe(address)
  }

  #found(address: Address): void {
    const entry = this.#deps.entries.get(address)
    if (entry === undefined) return
    // What was found while the fence is closed does not count: by the time it opens somebody else may answer.
    if (!this.#deps.voice.permitted(entry.target)) return this.#defer(entry)
    accept(entry)
    this.#deps.decided([entry])
    this.#deltas.decided(address)
  }

  #isShut(entry: Entry): boolean {
    const { target } = entry
    const known = this.#deps.entries.get(target.address)?.target === target
    return (
      known && target.stage === 'serve' && target.grant !== undefined && !this.#deps.voice.permitted(target)
    )
  }

  #opened(entries: readonly Entry[]): void {
    const known = entries.filter((entry) => this.#deps.entries.get(entry.target.address) === entry)
    for (const entry of known) this.follow(entry)
    this.#deps.decided(known)
  }
}
