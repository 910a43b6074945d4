/*
 * What must hold, looked at after every event, as a client on the segment sees it (design.md §10):
 *
 *   stolen        nobody begins to answer while another node does, unless that one agreed or a cut lay between them
 *   two owners    after a cut is mended, two answer no longer than the bound
 *   false move    what must move nothing moves nothing: short pauses and the like, a wish for an unfit node, and under
 *                 stable election a node that joins or returns
 *   budget        no node begins more planned moves in a minute than it may
 *   unanswered    a silent death, or a pause, leaves an address unanswered no longer than its bound
 *   dropped       a planned move leaves no gap at all
 *   unreached     where data paths break, whoever answers carries connections, wherever anybody could, after a bound
 *   never settled once everything is mended, exactly the elected nodes answer
 *   epoch         a node never mints or answers under an epoch below the highest that it has heard of, nor does it
 *                 under one of a former life
 */
import { outranks } from '#core/membership/claims.ts'
import type { Address } from '#core/model/address.ts'

import { Absence } from './absence.ts'
import type { ClusterState } from './cluster-state.ts'
import { hasConsent, mayJoin, overlapOf } from './company.ts'
import { nameOfNode } from './names.ts'
import { Orders } from './orders.ts'
import { Reach } from './reach.ts'
import { Watched } from './watched.ts'
import type { Minted, World } from './world.ts'

export interface Violation {
  readonly rule:
    | 'stolen'
    | 'two owners'
    | 'false move'
    | 'unanswered'
    | 'dropped'
    | 'never settled'
    | 'epoch'
    | 'budget'
    | 'unreached'
    | 'stuck'
  readonly at: number
  readonly what: string
}

export class Judge {
  violation: Violation | undefined
  readonly #world: World
  readonly #absence: Absence
  readonly #orders: Orders
  readonly #reach: Reach
  readonly #watched = new Map<Address, Watched>()
  /** What the API server said when the addresses were last looked for. */
  #cluster: ClusterState | undefined
  /** All had settled, and the faults happen. */
  #begun = false

  constructor(world: World) {
    this.#world = world
    this.#absence = new Absence(world)
    this.#reach = new Reach(world)
    this.#orders = new Orders(world, (rule, what) => this.#blame(rule, what))
    world.minted = (node, epoch) => this.#minted(node, epoch)
  }

  /** False: something does not hold. */
  look(): boolean {
    if (this.#world.cluster !== this.#cluster) this.#watchAll()
    if (this.violation !== undefined) return false
    for (const watched of this.#watched.values()) {
      this.#lookAt(watched)
      if (this.violation !== undefined) return false
    }
    return true
  }

  /** From now on the faults of the scenario happen. */
  faultsBegin(): void {
    this.#begun = true
    for (const watched of this.#watched.values()) {
      const [first] = watched.owners
      if (first !== undefined) watched.first = first
      // What was answered and taken back before all had started may have been told to nobody, and is compared with by nobody.
      for (const index of watched.lives.keys())
        if (!watched.owners.includes(index)) watched.lives.delete(index)
    }
  }

  /** Exactly those answer that are elected when everybody is there. */
  settled(): boolean {
    const { cluster, processes, scenario } = this.#world
    const all = processes.filter((one) => one !== undefined)
    const informed = all.every(({ leaving, over, cluster: known }) => !leaving && !over && known === cluster)
    return all.length === scenario.nodes && informed && this.#misplaced().length === 0
  }

  neverSettled(): void {
    this.#blame(
      'never settled',
      this.#misplaced().join('; ') || 'not everybody knows what the API server says',
    )
  }

  #misplaced(): readonly string[] {
    const watched = [...this.#watched.values()]
    const elected = this.#orders.electedAmong(watched)
    return watched.flatMap(({ address, owners }) => {
      const winner = elected.get(address)
      if (namesOf(owners) === (winner ?? 'nobody')) return []
      if (this.#orders.waitsForBudget(address, owners, winner)) return []
      return [`${address} is answered by ${namesOf(owners)}, elected: ${winner ?? 'nobody'}`]
    })
  }

  /** An address that was handed out once is watched until the end. */
  #watchAll(): void {
    const { cluster } = this.#world
    if (this.#cluster !== undefined) this.#orders.edited(this.#cluster, cluster)
    this.#cluster = cluster
    for (const address of cluster.services.flatMap(({ addresses }) => addresses))
      if (!this.#watched.has(address)) this.#watched.set(address, new Watched(this.#world, address))
  }

  #lookAt(watched: Watched): void {
    if (!watched.isAsBefore()) this.#changes(watched)
    const { address, owners, first } = watched
    if (owners.length > 1) this.#overlaps(watched)
    const lack = this.#begun ? this.#reach.lack(watched) : undefined
    if (lack !== undefined) this.#blame('unreached', lack)
    if (owners.length > 0 || first === undefined) return
    const span = watched.silentFor
    if (this.#absence.hasStopped(first, span))
      this.#blame(
        'unanswered',
        `${nameOfNode(first)} has not answered for ${address} for ${Math.round(span)} ms`,
      )
    if (this.#absence.isLeft(watched, first))
      this.#blame('unanswered', `nobody took over ${address} within ${Math.round(span)} ms`)
  }

  #changes(watched: Watched): void {
    const { before, begun } = watched.look()
    const { address, owners, under } = watched
    this.#world.note(() => `${address}: answered by ${namesOf(owners)}`)
    for (const index of begun) this.#begins(watched, index)
    for (const index of owners) under.set(index, watched.epochOf(index)?.counter ?? 0)
    if (owners.length > 0 || before.length === 0) return
    if (this.#begun && this.#absence.isDropped(watched, before))
      this.#blame('dropped', `${namesOf(before)} stopped answering for ${address} before another began`)
  }

  #begins(watched: Watched, index: number): void {
    const { address, first, owners } = watched
    const mild = this.#begun && this.#world.scenario.mild
    if (mild && first !== undefined && first !== index)
      this.#blame('false move', `${nameOfNode(index)} answers for ${address} instead of ${nameOfNode(first)}`)
    if (this.#begun) this.#orders.begins(watched, index)
    this.#underWhichEpoch(watched, index)
    for (const other of owners)
      if (other !== index && !mayJoin(this.#world, watched, index, other))
        this.#blame(
          'stolen',
          `${nameOfNode(index)} begins to answer for ${address} while ${nameOfNode(other)} does`,
        )
  }

  #underWhichEpoch(watched: Watched, index: number): void {
    const { address, lives } = watched
    const process = this.#world.processes[index]
    const epoch = watched.epochOf(index)
    const heard = process?.epochOf(address)
    if (epoch !== undefined && heard !== undefined && outranks(heard, epoch))
      this.#blame(
        'epoch',
        `${nameOfNode(index)} answers for ${address} under ${epoch.counter}, having heard of ${heard.counter}`,
      )
    this.#underFormerEpoch(watched, index)
    lives.set(index, { life: process?.life ?? 0, counter: epoch?.counter ?? 0 })
  }

  /** Only where nothing but that node's end may have made it forget. */
  #underFormerEpoch(watched: Watched, index: number): void {
    const { address, lives } = watched
    const former = lives.get(index)
    if (former === undefined || former.life === this.#world.processes[index]?.life) return
    const again = watched.epochOf(index)?.counter === former.counter
    if (again && index === this.#absence.victim && this.#isKnown(address, former.counter))
      this.#blame('epoch', `two lives of ${nameOfNode(index)} answer for ${address} under ${former.counter}`)
  }

  /** Anybody has heard of it: a right of which nobody has misleads nobody. */
  #isKnown(address: Address, counter: number): boolean {
    return this.#world.processes.some((process) => (process?.epochOf(address)?.counter ?? 0) >= counter)
  }

  #minted(node: number, { address, counter, heard }: Minted): void {
    const watched = this.#watched.get(address)
    watched?.mintedAt.set(node, this.#world.agenda.now)
    watched?.consented.set(node, hasConsent(this.#world, node, address))
    if (heard === undefined || counter > heard.counter) return
    this.#blame(
      'epoch',
      `${nameOfNode(node)} mints ${counter} for ${address}, having heard of ${heard.counter}`,
    )
  }

  #overlaps(watched: Watched): void {
    const overlap = overlapOf(this.#world, watched)
    if (overlap === undefined) return
    const { one, other, both } = overlap
    this.#blame(
      'two owners',
      `${namesOf([one, other])} answer for ${watched.address} for ${Math.round(both)} ms`,
    )
  }

  #blame(rule: Violation['rule'], what: string): void {
    this.violation ??= { rule, what, at: this.#world.agenda.now }
  }
}

function namesOf(nodes: readonly number[]): string {
  return nodes.map(nameOfNode).join(' and ') || 'nobody'
}
