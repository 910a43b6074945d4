/* When and for how long nobody may answer, which depends on what alone happens in a scenario. */
import type { Address } from '#core/model/address.ts'

import { longestGap, takeoverBound } from './bounds.ts'
import type { Edit } from './cluster.ts'
import { decisionOf } from './decision.ts'
import { nameOfNode } from './names.ts'
import type { Fault, Scenario } from './scenario.ts'
import type { Watched } from './watched.ts'
import type { World } from './world.ts'

export class Absence {
  /** The node that dies, when nothing else happens. */
  readonly victim: number | undefined
  /** The node that sends and hears nothing, when nothing else happens and there are others to take over. */
  readonly #deaf: number | undefined
  readonly #planned: boolean
  readonly #world: World

  constructor(world: World) {
    const { faults, nodes } = world.scenario
    this.#world = world
    this.#planned = onlyPlanned(world.scenario)
    const [only, ...more] = faults.filter((fault) => !isAskedFor(fault))
    if (only === undefined || more.length > 0) return
    if (only.kind === 'crash') this.victim = only.node
    if (faults.length > 1) return
    if (only.kind === 'deaf' && only.media.length === 2 && nodes > 2) this.#deaf = only.node
  }

  /**
   * Whether the last of those who answered should have gone on until another begins. What one has only just begun to
   * answer for, and has told nobody of, it need not hand over.
   */
  isDropped({ address, lastWasBrief }: Watched, before: readonly number[]): boolean {
    if (lastWasBrief) return false
    const spared = this.#planned || (this.#deaf !== undefined && !before.includes(this.#deaf))
    const heir = spared ? this.#elected(address) : undefined
    return heir !== undefined && before.some((owner) => this.#couldWaitFor(heir, owner, address))
  }

  /**
   * Who may not go on, because its endpoints are gone, waits for nobody when it has yet to hear that the heir has started;
   * nor does it wait for anything with an address that is nobody's, as far as it has heard.
   */
  #couldWaitFor(heir: string, owner: number, address: Address): boolean {
    const process = this.#world.processes[owner]
    if (process?.cluster?.services.every(({ addresses }) => !addresses.includes(address)) === true)
      return false
    return heir === nameOfNode(owner) || process?.hearsOf(heir) !== false
  }

  /** Where nothing moves, the owner may pause, and has to go on soon after. */
  hasStopped(owner: number, span: number): boolean {
    const { scenario, agenda, processes } = this.#world
    const process = processes[owner]
    if (!scenario.mild || process?.running !== true) return false
    return Math.min(span, agenda.now - process.stoppedUntil) > longestGap(scenario)
  }

  /** A deaf node is counted out once it has noticed, which takes it as long as a death takes the others. */
  isLeft({ address, silentFor }: Watched, owner: number): boolean {
    const { scenario, network, processes } = this.#world
    const dead = this.victim !== undefined && processes[this.victim]?.over === true
    const deaf = owner === this.#deaf && !network.passes('segment', network.client, owner)
    if (!dead && !deaf) return false
    const bound = takeoverBound(scenario) + (deaf ? scenario.timing.deadAfter : 0)
    return silentFor > bound && this.#elected(address) !== undefined
  }

  /** Who of those who are there is to answer. */
  #elected(address: Address): string | undefined {
    const { cluster, processes, scenario } = this.#world
    const gone = processes.flatMap((one, index) => (one.over || one.leaving ? [index] : []))
    // The majority policy has nobody answer then: half of the members, and not the first of them, are no majority.
    const margin = scenario.nodes - 2 * gone.length
    if (scenario.policy === 'majority' && (margin < 0 || (margin === 0 && gone.includes(0)))) return undefined
    return decisionOf(cluster, { dead: new Set(gone.map(nameOfNode)) }).winners.get(address)
  }
}

/** By a person, and no death has to wait for it. */
function isAskedFor(fault: Fault): boolean {
  return (
    fault.kind === 'move' || fault.kind === 'rekey' || (fault.kind === 'edit' && asks.has(fault.edit.what))
  )
}

const asks: ReadonlySet<Edit['what']> = new Set(['wish', 'drained', 'cordoned'])

/** Edits, and one node that stops in good order: nothing that may cost an answer. */
function onlyPlanned({ faults, mild }: Scenario): boolean {
  if (mild) return false
  const leaves = faults.filter(({ kind }) => kind === 'leave').length
  return (
    leaves <= 1 &&
    faults.every((fault) => isAskedFor(fault) || fault.kind === 'edit' || fault.kind === 'leave')
  )
}
