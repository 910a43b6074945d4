/*
 * What must hold, looked at after every event, as a client on the segment sees it (design.md §10):
 *
 *   stolen        nobody begins to answer while another node does, unless that one agreed or a cut lay between them
 *   two owners    after a cut is mended, two answer no longer than the bound
 *   false move    what must move nothing moves nothing
 *   unanswered    a silent death, or a pause, leaves an address unanswered no longer than its bound
 *   dropped       a planned move leaves no gap at all
 *   never settled once everything is mended, exactly the elected nodes answer
 *   epoch         a node never mints or answers under an epoch below the highest that it has heard of, nor does it
 *                 under one of a former life
 */
import type { Epoch } from '#core/announcer.ts'
import { outranks } from '#core/membership/claims.ts'
import type { Address } from '#core/model/address.ts'

import { nameOfNode, winnersOf, type ClusterState, type Winners } from './cluster.ts'
import { askingTime, longestGap, longestOverlap, takeoverBound } from './bounds.ts'
import type { Scenario } from './scenario.ts'
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
    | 'stuck'
  readonly at: number
  readonly what: string
}

interface Watched {
  /** Nodes that the client gets answers from. */
  owners: readonly number[]
  /** Since when each of them is one. */
  readonly from: Map<number, number>
  /** The counter under which each node answered last. */
  readonly under: Map<number, number>
  /** Which life of each node answered last, and under which counter. */
  readonly lives: Map<number, { readonly life: number; readonly counter: number }>
  /** Since when there is none. */
  since: number
  /** Who answered when the faults began. */
  first?: number
}

export class Judge {
  violation: Violation | undefined
  readonly #world: World
  readonly #watched = new Map<Address, Watched>()
  readonly #planned: boolean
  /** The node that dies, when nothing else happens. */
  readonly #victim: number | undefined
  /** The node that sends and hears nothing, when nothing else happens and there are others to take over. */
  readonly #deaf: number | undefined
  /** What the API server said when the addresses were last looked for. */
  #cluster: ClusterState | undefined
  /** All had settled, and the faults happen. */
  #begun = false

  constructor(world: World) {
    this.#world = world
    this.#planned = onlyPlanned(world.scenario)
    world.minted = (node, epoch) => this.#minted(node, epoch)
    const [only, ...more] = world.scenario.faults
    if (only === undefined || more.length > 0) return
    if (only.kind === 'crash') this.#victim = only.node
    if (only.kind === 'deaf' && only.media.length === 2 && world.scenario.nodes > 2) this.#deaf = only.node
  }

  /** False: something does not hold. */
  look(): boolean {
    if (this.#world.cluster !== this.#cluster) this.#watchAll()
    for (const [address, watched] of this.#watched) {
      this.#lookAt(address, watched)
      if (this.violation !== undefined) return false
    }
    return true
  }

  /** An address that was handed out once is watched until the end. */
  #watchAll(): void {
    const { cluster, agenda } = this.#world
    this.#cluster = cluster
    for (const address of cluster.services.flatMap(({ addresses }) => addresses))
      if (!this.#watched.has(address))
        this.#watched.set(address, {
          owners: [],
          from: new Map(),
          under: new Map(),
          lives: new Map(),
          since: agenda.now,
        })
  }

  /** From now on the faults of the scenario happen. */
  faultsBegin(): void {
    this.#begun = true
    for (const watched of this.#watched.values()) {
      const [first] = watched.owners
      if (first !== undefined) watched.first = first
    }
  }

  /** Exactly those answer that are elected when everybody is there. */
  settled(): boolean {
    const { cluster, processes } = this.#world
    const winners = winnersOf(cluster, new Set())
    const all = processes.filter((one) => one !== undefined)
    if (
      all.length < this.#world.scenario.nodes ||
      all.some(({ leaving, over, cluster: known }) => leaving || over || known !== cluster)
    )
      return false
    for (const [address, { owners }] of this.#watched) {
      const winner = winners.get(address)
      if (owners.length > 1 || (owners[0] === undefined ? undefined : nameOfNode(owners[0])) !== winner)
        return false
    }
    return true
  }

  neverSettled(): void {
    const winners = winnersOf(this.#world.cluster, new Set())
    const wrong = [...this.#watched].flatMap(([address, { owners }]) =>
      owners.map(nameOfNode).join() === (winners.get(address) ?? '')
        ? []
        : [
            `${address} is answered by ${owners.map(nameOfNode).join(' and ') || 'nobody'}, elected: ${winners.get(address) ?? 'nobody'}`,
          ],
    )
    this.#blame('never settled', wrong.join('; ') || 'not everybody knows what the API server says')
  }

  #lookAt(address: Address, watched: Watched): void {
    const { agenda } = this.#world
    if (!this.#isAnsweredBy(address, watched.owners)) this.#changes(address, watched, this.#ownersOf(address))
    const { owners } = watched
    if (owners.length > 1) this.#overlaps(address, watched)
    if (owners.length > 0 || watched.first === undefined) return
    this.#hasStopped(address, watched.first, agenda.now - watched.since)
    this.#isLeft(address, watched.first, agenda.now - watched.since)
  }

  /** By these and no others. Looked at after every event: nothing is made for it. */
  #isAnsweredBy(address: Address, owners: readonly number[]): boolean {
    const world = this.#world
    let seen = 0
    for (let index = 0; index < world.scenario.nodes; index++)
      if (world.answers(index, address) && owners[seen++] !== index) return false
    return seen === owners.length
  }

  #ownersOf(address: Address): readonly number[] {
    const owners: number[] = []
    for (let index = 0; index < this.#world.scenario.nodes; index++)
      if (this.#world.answers(index, address)) owners.push(index)
    return owners
  }

  #changes(address: Address, watched: Watched, owners: readonly number[]): void {
    const { now } = this.#world.agenda
    const before = watched.owners
    const begun = owners.filter((index) => !before.includes(index))
    if (owners.length === 0) watched.since = now
    watched.owners = owners
    for (const index of before) if (!owners.includes(index)) watched.from.delete(index)
    for (const index of begun) watched.from.set(index, now)
    this.#world.note(() => `${address}: answered by ${owners.map(nameOfNode).join(' and ') || 'nobody'}`)
    for (const index of begun) this.#begins(address, index, watched)
    for (const index of owners) watched.under.set(index, this.#epochOf(address, index)?.counter ?? 0)
    if (owners.length === 0 && before.length > 0) this.#ends(address, before)
  }

  #begins(address: Address, index: number, watched: Watched): void {
    const { first, owners } = watched
    if (this.#begun && this.#world.scenario.mild && first !== undefined && first !== index)
      this.#blame('false move', `${nameOfNode(index)} answers for ${address} instead of ${nameOfNode(first)}`)
    this.#underWhichEpoch(address, index, watched)
    for (const other of owners)
      if (other !== index && !this.#mayJoin(address, index, other))
        this.#blame(
          'stolen',
          `${nameOfNode(index)} begins to answer for ${address} while ${nameOfNode(other)} does`,
        )
  }

  #mayJoin(address: Address, index: number, other: number): boolean {
    const { network, scenario } = this.#world
    return (
      this.#agreed(address, index, other) ||
      this.#askedTogether(address, other) ||
      this.#resumes(address, index, other) ||
      network.clearFor(index, other) <= longestOverlap(scenario)
    )
  }

  #underWhichEpoch(address: Address, index: number, { lives }: Watched): void {
    const { processes } = this.#world
    const epoch = this.#epochOf(address, index)
    const heard = processes[index]?.epochOf(address)
    if (epoch !== undefined && heard !== undefined && outranks(heard, epoch))
      this.#blame(
        'epoch',
        `${nameOfNode(index)} answers for ${address} under ${epoch.counter}, having heard of ${heard.counter}`,
      )
    const former = lives.get(index)
    const { life = 0 } = processes[index] ?? {}
    const again = former !== undefined && former.life !== life && epoch?.counter === former.counter
    if (again && index === this.#victim)
      this.#blame('epoch', `two lives of ${nameOfNode(index)} answer for ${address} under ${former.counter}`)
    lives.set(index, { life, counter: epoch?.counter ?? 0 })
  }

  #minted(node: number, { address, counter, heard }: Minted): void {
    if (heard === undefined || counter > heard.counter) return
    this.#blame(
      'epoch',
      `${nameOfNode(node)} mints ${counter} for ${address}, having heard of ${heard.counter}`,
    )
  }

  /** Two that ask at the same time find the segment free; whose epoch is lower falls silent within the bound. */
  #askedTogether(address: Address, other: number): boolean {
    const from = this.#watched.get(address)?.from.get(other)
    return from !== undefined && this.#world.agenda.now - from <= askingTime
  }

  /**
   * It goes on after a pause, and its epoch is the higher one: the other was started meanwhile and could not hear of
   * it. That one falls silent within the bound.
   */
  #resumes(address: Address, index: number, other: number): boolean {
    const ours = this.#epochOf(address, index)
    const theirs = this.#epochOf(address, other)
    if (ours === undefined || theirs === undefined || !outranks(ours, theirs)) return false
    return this.#watched.get(address)?.under.get(index) === ours.counter
  }

  #epochOf(address: Address, index: number): Epoch | undefined {
    return this.#world.processes[index]?.responder.grantOf(address)?.epoch
  }

  /** The later of the two took over from the earlier with its consent. */
  #agreed(address: Address, one: number, other: number): boolean {
    const grants = [one, other].map((index) => this.#world.processes[index]?.responder.grantOf(address))
    const [a, b] = grants
    if (a === undefined || b === undefined) return false
    return (outranks(a.epoch, b.epoch) ? a : b).handover === true
  }

  #overlaps(address: Address, { owners, from }: Watched): void {
    const { scenario, network, agenda } = this.#world
    const bound = longestOverlap(scenario)
    for (const one of owners)
      for (const other of owners) {
        if (one >= other) continue
        const both = agenda.now - Math.max(from.get(one) ?? 0, from.get(other) ?? 0)
        if (both > bound && network.clearFor(one, other) > bound)
          this.#blame(
            'two owners',
            `${nameOfNode(one)} and ${nameOfNode(other)} answer for ${address} for ${Math.round(both)} ms`,
          )
      }
  }

  /** Nobody answers any more. */
  #ends(address: Address, before: readonly number[]): void {
    const spared = this.#planned || (this.#deaf !== undefined && !before.includes(this.#deaf))
    if (!this.#begun || !spared || this.#elected().get(address) === undefined) return
    this.#blame(
      'dropped',
      `${before.map(nameOfNode).join(' and ')} stopped answering for ${address} before another began`,
    )
  }

  /** Where nothing moves, the owner may pause, and has to go on soon after. */
  #hasStopped(address: Address, owner: number, span: number): void {
    const { scenario, agenda, processes } = this.#world
    const process = processes[owner]
    if (!scenario.mild || process?.running !== true) return
    if (Math.min(span, agenda.now - process.stoppedUntil) <= longestGap(scenario)) return
    this.#blame(
      'unanswered',
      `${nameOfNode(owner)} has not answered for ${address} for ${Math.round(span)} ms`,
    )
  }

  /** A deaf node is counted out once it has noticed, which takes it as long as a death takes the others. */
  #isLeft(address: Address, owner: number, span: number): void {
    const { scenario, network, processes } = this.#world
    const dead = this.#victim !== undefined && processes[this.#victim]?.over === true
    const deaf = owner === this.#deaf && !network.passes('segment', network.client, owner)
    if (!dead && !deaf) return
    const bound = takeoverBound(scenario) + (deaf ? scenario.timing.deadAfter : 0)
    if (span > bound && this.#elected().get(address) !== undefined)
      this.#blame('unanswered', `nobody took over ${address} within ${Math.round(span)} ms`)
  }

  #elected(): Winners {
    const { cluster, processes, scenario } = this.#world
    const gone = processes.flatMap((one, index) => (one.over || one.leaving ? [index] : []))
    // The majority policy has nobody answer then: half of the members, and not the first of them, are no majority.
    const margin = scenario.nodes - 2 * gone.length
    if (scenario.policy === 'majority' && (margin < 0 || (margin === 0 && gone.includes(0)))) return new Map()
    return winnersOf(cluster, new Set(gone.map(nameOfNode)))
  }

  #blame(rule: Violation['rule'], what: string): void {
    this.violation ??= { rule, what, at: this.#world.agenda.now }
  }
}

/** Edits, and one node that stops in good order: nothing that may cost an answer. */
function onlyPlanned({ faults, mild }: Scenario): boolean {
  if (mild) return false
  const leaves = faults.filter(({ kind }) => kind === 'leave').length
  return leaves <= 1 && faults.every(({ kind }) => kind === 'edit' || kind === 'leave')
}
