/* The main thread of a process: what it knows, the decision and the rights that follow, and what the responder is told. */
import { Alarm } from '#app/node/alarm.ts'
import { Holders } from '#app/node/holders.ts'
import { deadAmong } from '#app/node/nodes.ts'
import { Recollection } from '#app/node/recollection.ts'
import { Rights } from '#app/node/rights.ts'
import { ShutPaths } from '#app/node/shut-paths.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { handoversOf } from '#core/moves/handover.ts'
import type { Clock } from '#core/ports.ts'
import type { GrantBook } from '#core/runtime/fence.ts'

import { l2 } from '../core/selection/fixtures.ts'
import type { ClusterState, Election } from './cluster-state.ts'
import { DataPaths, type Brokenness } from './data-paths.ts'
import { asWished, dampedIn, decisionOf, type Decision } from './decision.ts'
import { Hearsay, type HearsayDeps } from './hearsay.ts'
import { Moves } from './moves.ts'
import type { Beside } from './objects.ts'
import type { Target } from './responder.ts'

/** Instead of ten seconds, which is longer than most scenarios: the freshness of a right is put to the test sooner. */
const settles = milliseconds(250)

export interface MainThreadDeps extends Omit<HearsayDeps, 'now'> {
  readonly grants: GrantBook
  readonly clock: Clock
  readonly election: Election
  /** Planned moves a minute. */
  readonly budget: number
  /** How connections of this node to its own Services fail; undefined: nobody asks. */
  readonly broken: (() => Brokenness | undefined) | undefined
  /** A planned move begins. */
  readonly moving: (address: Address) => void
  /** Tells the responder what to answer for. */
  readonly apply: (targets: readonly Target[]) => void
}

export class MainThread {
  /** What it learnt from the API server, or from its snapshot. */
  cluster: ClusterState | undefined
  leaving = false
  /** The last. */
  decision: Decision | undefined
  /** Who came back when, as it knew when it decided. */
  returns: Beside['returns']
  readonly hearsay: Hearsay
  readonly moves: Moves
  readonly #deps: MainThreadDeps
  readonly #rights: Rights
  readonly #recollection: Recollection
  readonly #alarm: Alarm
  /** Where the gate is asked for. */
  readonly #paths: DataPaths | undefined
  #given = new Map<Address, Target>()
  #dead: ReadonlySet<string> = new Set()
  #takesPart = false
  #waiting = false
  #begun = 0

  constructor(deps: MainThreadDeps) {
    const { self, grants, clock, election, bugs, moving, broken } = deps
    this.#deps = deps
    this.hearsay = new Hearsay({ ...deps, now: () => clock.now() })
    const liveness = this.hearsay.liveness()
    this.#rights = new Rights({ grants, liveness, clock, settles })
    const perMinute = bugs.has('budget-off') ? 1_000_000 : deps.budget
    const began = (address: Address): void => {
      this.#begun++
      moving(address)
    }
    this.moves = new Moves({ rights: this.#rights, perMinute, clock, began })
    const holders = election === 'stable' ? new Holders(liveness, [l2]) : undefined
    const shutPaths = new ShutPaths(liveness)
    this.#recollection = new Recollection({ liveness, holders, shutPaths, clock })
    this.#alarm = new Alarm(clock, () => this.#run())
    const onChange = (): void => this.#run()
    const rights = this.#rights
    const gated = broken !== undefined && !bugs.has('gate-ignored')
    this.#paths = gated ? new DataPaths({ self, rights, clock, bugs, broken, onChange }) : undefined
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
    this.#alarm.cancel()
    this.#paths?.stop()
    const { members } = this.hearsay.picture
    return members.some(({ alive, node }) => alive && node !== this.#deps.self)
  }

  #membersChanged(): void {
    const { takesPart, members } = this.hearsay.picture
    if (this.leaving) return
    if (!takesPart) this.#mute()
    const dead = deadAmong(members, this.#deps.self)
    const same = takesPart === this.#takesPart && sameNames(dead, this.#dead)
    this.#takesPart = takesPart
    if (same) return this.#settle()
    this.#dead = dead
    const part = takesPart ? '' : '; takes no part'
    this.#deps.note(() => `thinks dead: ${[...dead].join(' ') || 'nobody'}${part}`)
    this.#run()
  }

  /** Others have told what they hold now, or who came back. */
  #settle(): void {
    if (this.#waiting || this.cluster === undefined || !this.#recollection.hasChanged()) return
    this.#waiting = true
    this.#deps.clock.after(milliseconds(0), () => {
      this.#waiting = false
      this.#run()
    })
  }

  #mute(): void {
    this.#rights.retain(new Set())
    this.moves.follow([])
  }

  /** What was lost to a node that lives is kept until it has taken over: in its turn, or at once where this one cannot go on. */
  #run(): void {
    if (this.leaving || this.cluster === undefined) return
    const decision = this.#decide(this.cluster)
    const { self, apply } = this.#deps
    this.decision = decision
    const elected = [...decision.winners].flatMap(([address, winner]) => (winner === self ? [address] : []))
    const wanted = this.#paths?.admitted(this.cluster, decision) ?? elected
    if (this.#takesPart) this.#share(new Set(wanted), decision)
    else this.#mute()
    const targets = wanted.map((address) => this.#permitted(address))
    const retiring = [...this.#given.values()].flatMap(({ address, grant }): Target[] => {
      if (grant === undefined || wanted.includes(address) || this.#rights.held(address) !== grant) return []
      return [{ address, grant, stage: 'retire' }]
    })
    const all = [...targets, ...retiring]
    this.#given = new Map(all.flatMap((target) => (target.grant ? [[target.address, target]] : [])))
    apply(all)
  }

  #decide(cluster: ClusterState): Decision {
    const { bugs } = this.#deps
    const facts = this.#recollection.facts()
    const memory = bugs.has('holders-forgotten') ? {} : facts
    const beside: Beside = { dead: this.#dead, ...memory }
    this.returns = beside.returns
    const damped = dampedIn(cluster, beside)
    this.#alarm.set(damped.size === 0 ? undefined : Math.min(...damped.values()))
    const decision = decisionOf(cluster, beside)
    return bugs.has('unfit-wished') ? asWished(cluster, decision, this.#dead) : decision
  }

  /** As a fleet does. */
  #share(wanted: ReadonlySet<Address>, { assignments, owners, silences: all }: Decision): void {
    const { self, bugs } = this.#deps
    const lost = this.#rights.addresses().filter((address) => !wanted.has(address))
    const silences = lost.length === 0 ? [] : all.filter(({ node }) => node === self)
    const handovers = bugs.has('break-before-make')
      ? []
      : handoversOf({ assignments, owners, silences }, lost, self)
    this.#rights.retain(new Set([...wanted, ...handovers.map(({ address }) => address)]))
    for (const { address, manner } of handovers)
      if (manner === 'urgent') this.#rights.resign(address)
      else if (manner === 'at-once') this.#rights.offer(address)
    this.moves.follow(handovers.filter(({ manner }) => manner === 'in-turn'))
  }

  #permitted(address: Address): Target {
    const grant = this.#takesPart && !this.#isHeldUp(address) ? this.#rights.grant(address) : undefined
    return grant === undefined ? { address, stage: 'arm' } : { address, stage: 'serve', grant }
  }

  /** A planted bug: a death waits for the budget of planned moves. */
  #isHeldUp(address: Address): boolean {
    const { bugs, budget } = this.#deps
    if (!bugs.has('deaths-budgeted') || this.#rights.held(address) !== undefined) return false
    return this.#dead.size > 0 && this.#begun >= budget
  }
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false
  for (const name of a) if (!b.has(name)) return false
  return true
}
