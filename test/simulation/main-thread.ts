/* The main thread of a process: what it knows, the decision and the rights that follow, and what the responder is told. */
import { deadAmong } from '#app/node/nodes.ts'
import { Rights } from '#app/node/rights.ts'
import type { Address } from '#core/model/address.ts'
import type { Clock } from '#core/ports.ts'
import type { GrantBook } from '#core/runtime/fence.ts'

import { winnersOf, type ClusterState } from './cluster.ts'
import { Hearsay, type HearsayDeps } from './hearsay.ts'
import type { Target } from './responder.ts'

export interface MainThreadDeps extends Omit<HearsayDeps, 'now'> {
  readonly grants: GrantBook
  readonly clock: Clock
  /** Tells the responder what to answer for. */
  readonly apply: (targets: readonly Target[]) => void
}

export class MainThread {
  /** What it learnt from the API server, or from its snapshot. */
  cluster: ClusterState | undefined
  leaving = false
  readonly hearsay: Hearsay
  readonly #deps: MainThreadDeps
  readonly #rights: Rights
  #given = new Map<Address, Target>()
  #dead: ReadonlySet<string> = new Set()
  #takesPart = false

  constructor(deps: MainThreadDeps) {
    const { grants, clock } = deps
    this.#deps = deps
    this.hearsay = new Hearsay({ ...deps, now: () => clock.now() })
    this.#rights = new Rights({ grants, liveness: this.hearsay.liveness(), clock })
    this.#rights.onChange(() => this.#run())
    this.hearsay.onChange(() => this.#membersChanged())
  }

  learn(cluster: ClusterState): void {
    this.cluster = cluster
    this.#run()
  }

  /** The network has been told. */
  served(address: Address): void {
    this.#rights.served(address)
  }

  /** Returns whether there is anybody to take over. */
  leave(): boolean {
    this.leaving = true
    const { members } = this.hearsay.picture
    return members.some(({ alive, node }) => alive && node !== this.#deps.self)
  }

  #membersChanged(): void {
    const { takesPart, members } = this.hearsay.picture
    if (this.leaving) return
    if (!takesPart) this.#rights.retain(new Set())
    const dead = deadAmong(members, this.#deps.self)
    const same = takesPart === this.#takesPart && [...dead].join() === [...this.#dead].join()
    this.#takesPart = takesPart
    this.#dead = dead
    if (same) return
    const part = takesPart ? '' : '; takes no part'
    this.#deps.note(() => `thinks dead: ${[...dead].join(' ') || 'nobody'}${part}`)
    this.#run()
  }

  /** What was lost to a node that lives is offered to it, and kept until it has taken over; at once, where a fleet takes turns. */
  #run(): void {
    if (this.leaving || this.cluster === undefined) return
    const winners = winnersOf(this.cluster, this.#dead)
    const wanted = [...winners].flatMap(([address, winner]) => (winner === this.#deps.self ? [address] : []))
    if (this.#takesPart) this.#share(new Set(wanted), winners)
    else this.#rights.retain(new Set())
    const targets = wanted.map((address) => this.#permitted(address))
    const retiring = [...this.#given.values()].flatMap(({ address, grant }): Target[] => {
      if (grant === undefined || wanted.includes(address) || this.#rights.held(address) !== grant) return []
      return [{ address, grant, stage: 'retire' }]
    })
    const all = [...targets, ...retiring]
    this.#given = new Map(all.flatMap((target) => (target.grant ? [[target.address, target]] : [])))
    this.#deps.apply(all)
  }

  #share(wanted: ReadonlySet<Address>, winners: ReadonlyMap<Address, string | undefined>): void {
    const { self, bugs } = this.#deps
    const lost = this.#rights.addresses().filter((address) => !wanted.has(address))
    const elsewhere = lost.filter((address) => (winners.get(address) ?? self) !== self)
    const offered = bugs.has('break-before-make') ? [] : elsewhere
    this.#rights.retain(new Set([...wanted, ...offered]))
    for (const address of offered) this.#rights.offer(address)
  }

  #permitted(address: Address): Target {
    const grant = this.#takesPart ? this.#rights.grant(address) : undefined
    return grant === undefined ? { address, stage: 'arm' } : { address, stage: 'serve', grant }
  }
}
