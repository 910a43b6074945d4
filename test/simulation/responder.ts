/*
 * The half of L2 below its port: who answers for an address, who asks before it begins to. The prober is the real one;
 * frames are calls.
 */
import type { Fence, Grant, Stage } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import type { Clock } from '#core/ports.ts'
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

  constructor(deps: ResponderDeps) {
    this.#deps = deps
    const { clock, ask } = deps
    this.#prober = new Prober({ clock, perSecond: 1000, probe: ask, free: (address) => this.#found(address) })
  }

  apply(targets: readonly Target[]): void {
    const wanted = new Set(targets.map(({ address }) => address))
    for (const address of this.#entries.keys())
      if (!wanted.has(address)) {
        this.#prober.stop(address)
        this.#entries.delete(address)
      }
    for (const target of targets) this.#put(target)
  }

  grantOf(address: Address): Grant | undefined {
    return this.#entries.get(address)?.target.grant
  }

  mayAnswer(address: Address): boolean {
    const entry = this.#entries.get(address)
    if (entry === undefined || entry.target.stage === 'arm') return false
    const { grant } = entry.target
    if (grant === undefined || entry.free !== grant.epoch.counter) return false
    return this.#deps.bugs.has('fencing-off') || this.#deps.fence.permits(grant)
  }

  answered(address: Address): void {
    this.#prober.answered(address)
  }

  close(): void {
    this.#prober.close()
  }

  #put(target: Target): void {
    const { address, stage, grant } = target
    const entry: Entry = this.#entries.get(address) ?? { target }
    entry.target = target
    this.#entries.set(address, entry)
    if (stage === 'retire' && grant !== undefined) entry.free = grant.epoch.counter
    const permitted = grant !== undefined && this.#deps.fence.permits(grant)
    if (stage !== 'serve' || !permitted) return this.#prober.stop(address)
    if (entry.free === grant.epoch.counter) return
    if (grant.handover === true || this.#deps.bugs.has('probe-off')) this.#accept(entry)
    else this.#prober.start(address)
  }

  #found(address: Address): void {
    const entry = this.#entries.get(address)
    if (entry !== undefined) this.#accept(entry)
  }

  #accept(entry: Entry): void {
    const counter = entry.target.grant?.epoch.counter
    if (counter === undefined) return
    entry.free = counter
    this.#deps.serving(entry.target.address)
  }
}
