/*
 * The half of L2 below its port: who answers for an address, who asks before it begins to. The prober and what waits for
 * the fence are the real ones; frames are calls.
 */
import type { Fence, Grant, Stage } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import type { Clock } from '#core/ports.ts'
import { FenceWait } from '#plugins/l2/fence-wait.ts'
import { Prober } from '#plugins/l2/prober.ts'

import type { Bugs } from './bugs.ts'

export interface Target {
  readonly address: Address
  readonly stage: Stage
  readonly grant?: Grant
}

interface Entry {
  target: Target
  /** Counter of the epoch for which the segment was found free. */
  free?: number
  /** Counter of the epoch under which the segment was asked, or could not be. */
  asked?: number
}

export interface ResponderDeps {
  readonly fence: Fence
  readonly clock: Clock
  readonly bugs: Bugs
  readonly ask: (address: Address) => void
  readonly serving: (address: Address) => void
}

export class Responder {
  readonly #deps: ResponderDeps
  readonly #entries = new Map<Address, Entry>()
  readonly #prober: Prober
  readonly #fenced: boolean
  /** Some of what is asked for is more than standing by: asked after every event. */
  #speaks = false
  readonly #fenceWait: FenceWait<Entry>

  constructor(deps: ResponderDeps) {
    this.#deps = deps
    const { clock, ask, bugs } = deps
    this.#fenced = !bugs.has('fencing-off')
    this.#prober = new Prober({ clock, perSecond: 1000, probe: ask, free: (address) => this.#found(address) })
    this.#fenceWait = new FenceWait({
      clock,
      isShut: (entry) => this.#isShut(entry),
      over: (entries) => this.#opened(entries),
    })
  }

  apply(targets: readonly Target[]): void {
    const wanted = new Set(targets.map(({ address }) => address))
    for (const address of this.#entries.keys())
      if (!wanted.has(address)) {
        this.#prober.stop(address)
        this.#entries.delete(address)
      }
    this.#speaks = targets.some(({ stage }) => stage !== 'arm')
    for (const target of targets) this.#put(target)
  }

  grantOf(address: Address): Grant | undefined {
    return this.#entries.get(address)?.target.grant
  }

  mayAnswer(address: Address): boolean {
    const entry = this.#speaks ? this.#entries.get(address) : undefined
    if (entry === undefined || entry.target.stage === 'arm') return false
    const { grant } = entry.target
    if (grant === undefined) return false
    if (entry.free !== grant.epoch.counter && !this.#prober.mayAnswer(address)) return false
    return !this.#fenced || this.#deps.fence.permits(grant)
  }

  /** It answers while it asks, not having found yet that nobody else does. */
  isUnsure(address: Address): boolean {
    const entry = this.#entries.get(address)
    return entry !== undefined && entry.free !== entry.target.grant?.epoch.counter
  }

  /** Somebody else asks whether the address is free. */
  asked(address: Address): void {
    this.#prober.asked(address)
  }

  answered(address: Address): void {
    this.#prober.answered(address)
  }

  close(): void {
    this.#prober.close()
    this.#fenceWait.close()
  }

  #put(target: Target): void {
    const entry: Entry = this.#entries.get(target.address) ?? { target }
    entry.target = target
    this.#entries.set(target.address, entry)
    this.#follow(entry)
  }

  /** As the inquiry of the plugin does. */
  #follow(entry: Entry): void {
    const { stage, grant } = entry.target
    if (stage === 'retire' && grant !== undefined) entry.free = grant.epoch.counter
    if (stage !== 'serve' || grant === undefined || !this.#deps.fence.permits(grant))
      return this.#defer(entry)
    if (entry.free === grant.epoch.counter) return
    if (grant.handover === true || this.#deps.bugs.has('probe-off')) this.#accept(entry)
    else this.#ask(entry)
  }

  #ask(entry: Entry): void {
    const { address, grant } = entry.target
    const { bugs } = this.#deps
    const fresh = grant?.fresh === true && entry.asked !== grant.epoch.counter
    if (grant !== undefined) entry.asked = grant.epoch.counter
    this.#prober.start(address, fresh || bugs.has('never-stale'))
  }

  #defer(entry: Entry): void {
    if (entry.target.grant !== undefined) entry.asked = entry.target.grant.epoch.counter
    this.#prober.stop(entry.target.address)
    this.#fenceWait.await(entry)
  }

  #isShut(entry: Entry): boolean {
    const { address, stage, grant } = entry.target
    const known = this.#entries.get(address) === entry
    return known && stage === 'serve' && grant !== undefined && !this.#deps.fence.permits(grant)
  }

  #opened(entries: readonly Entry[]): void {
    for (const entry of entries) if (this.#entries.get(entry.target.address) === entry) this.#follow(entry)
  }

  /** What was found while the fence is closed does not count: by the time it opens somebody else may answer. */
  #found(address: Address): void {
    const entry = this.#entries.get(address)
    if (entry === undefined) return
    const { grant } = entry.target
    if (grant === undefined || !this.#deps.fence.permits(grant)) return this.#defer(entry)
    this.#accept(entry)
  }

  #accept(entry: Entry): void {
    const counter = entry.target.grant?.epoch.counter
    if (counter === undefined) return
    entry.free = counter
    this.#deps.serving(entry.target.address)
  }
}
