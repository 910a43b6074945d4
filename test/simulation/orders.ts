/* What was asked for and what was decided: wishes that nobody can fulfil, holders that stay, planned moves and their budget. */
import type { Address } from '#core/model/address.ts'
import type { Holder } from '#core/model/facts.ts'
import { minute } from '#core/moves/budget.ts'

import { l2 } from '../core/selection/fixtures.ts'
import type { ClusterState } from './cluster-state.ts'
import { decisionOf, isUnfit, type Winners } from './decision.ts'
import { nameOfNode } from './names.ts'
import type { FaultKind } from './scenario.ts'
import type { Watched } from './watched.ts'
import type { World } from './world.ts'

type Blame = (rule: 'false move' | 'budget', what: string) => void

/** Nobody asks for anything, and nobody is cut off: whoever holds an address and stays has no reason to lose it. */
const comingAndGoing: ReadonlySet<FaultKind> = new Set(['crash', 'flap', 'leave', 'outage', 'rekey'])

export class Orders {
  readonly #world: World
  readonly #blame: Blame
  /** Instants at which planned moves began, by life of a node. */
  readonly #begun = new Map<string, number[]>()
  readonly #holdersStay: boolean

  constructor(world: World, blame: Blame) {
    const { election, faults, policy } = world.scenario
    this.#world = world
    this.#blame = blame
    // Without a majority a holder falls silent, and has nothing that it could keep.
    this.#holdersStay =
      election === 'stable' && policy === 'available' && faults.every(({ kind }) => comingAndGoing.has(kind))
    world.moving = (node, life) => this.#moving(node, life)
  }

  /** `index` begins to answer. */
  begins({ address, lives, lastOwner, lastWasBrief }: Watched, index: number): void {
    if (!this.#holdersStay || lastOwner === undefined || lastOwner === index) return
    // Of one that begins while the former owner comes back, that one has not heard yet.
    if (lastWasBrief) return
    const process = this.#world.processes[lastOwner]
    if (process === undefined || process.over || process.leaving) return
    if (lives.get(lastOwner)?.life !== process.life) return
    this.#blame(
      'false move',
      `${nameOfNode(index)} answers for ${address} instead of ${nameOfNode(lastOwner)}`,
    )
  }

  /** A wish for a node that is not fit changes no owner. */
  edited(before: ClusterState, after: ClusterState): void {
    for (const [index, { name, wish }] of after.services.entries()) {
      const former = before.services[index]
      if (wish === undefined || former === undefined || wish === former.wish) continue
      if (!isUnfit(after, wish, nobody)) continue
      const without = decisionOf(withoutWish(after, index)).winners
      for (const [address, winner] of decisionOf(after).winners)
        if (without.get(address) !== winner)
          this.#blame('false move', `${address} is ${winner}'s because ${name} asks for ${nameOfNode(wish)}`)
    }
  }

  /**
   * Who is to answer once all is calm. Where holders stay, those who do may go on, unless something displaces them, and
   * all have come to the same.
   */
  electedAmong(watched: readonly Watched[]): Winners {
    const { cluster, processes } = this.#world
    if (cluster.election === 'hash') return decisionOf(cluster).winners
    const holders = watched.flatMap(({ address, owners }): Holder[] =>
      owners.map((owner) => ({ announcer: l2.name, address, node: nameOfNode(owner) })),
    )
    const returns = processes[0]?.returns
    const lawful = decisionOf(cluster, { holders, ...(returns && { returns }) }).winners
    const agreed = new Map(lawful)
    for (const { address } of watched) {
      if (processes.every(({ decision }) => decision?.winners.get(address) === lawful.get(address))) continue
      agreed.set(address, 'nobody agrees')
    }
    return agreed
  }

  /** Its owner has begun as many planned moves as it may, and this one waits. */
  waitsForBudget(address: Address, owners: readonly number[], winner: string | undefined): boolean {
    const [owner, ...more] = owners
    if (owner === undefined || more.length > 0 || winner === undefined) return false
    const process = this.#world.processes[owner]
    const spent = this.#recent(`${owner} ${process?.life}`) >= this.#world.scenario.budget
    return spent && process?.heirOf(address) === winner
  }

  #moving(node: number, life: number): void {
    const { agenda, scenario } = this.#world
    const key = `${node} ${life}`
    const begun = this.#begun.get(key) ?? []
    this.#begun.set(key, [...begun, agenda.now])
    const recent = this.#recent(key)
    if (recent > scenario.budget)
      this.#blame('budget', `${nameOfNode(node)} began ${recent} planned moves, allowed: ${scenario.budget}`)
  }

  /** A clock may run a little fast. */
  #recent(key: string): number {
    const from = this.#world.agenda.now - 0.99 * minute
    return (this.#begun.get(key) ?? []).filter((at) => at > from).length
  }
}

const nobody: ReadonlySet<string> = new Set()

function withoutWish(state: ClusterState, index: number): ClusterState {
  const services = state.services.map((one, at) => (at === index ? { ...one, wish: undefined } : one))
  return { ...state, services }
}
