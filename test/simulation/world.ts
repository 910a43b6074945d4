/* The machines, processes and networks of one scenario, and what its faults do to them. */
import type { Epoch } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'

import { Agenda } from './agenda.ts'
import type { Bugs } from './bugs.ts'
import type { ClusterState } from './cluster-state.ts'
import { clusterOf, edited, type Edit } from './cluster.ts'
import { Commander } from './commander.ts'
import type { Brokenness } from './data-paths.ts'
import { Machine } from './machine.ts'
import { nameOfNode } from './names.ts'
import { Network } from './network.ts'
import { Process } from './process.ts'
import { Chance } from './random.ts'
import { Rekeying } from './rekeying.ts'
import type { Fault, Scenario } from './scenario.ts'

type PathFault = Extract<Fault, { readonly media: unknown }>
type NodeFault = Exclude<Extract<Fault, { readonly node: number }>, PathFault>
type CommonFault = Exclude<Fault, PathFault | NodeFault>

export interface Minted {
  readonly address: Address
  readonly counter: number
  readonly heard: Epoch | undefined
}

export class World {
  readonly scenario: Scenario
  readonly agenda = new Agenda()
  readonly network: Network
  readonly processes: Process[] = []
  /** What the API server says. */
  cluster: ClusterState
  /** Told of each new epoch, with the highest that its process had heard of. */
  minted: (node: number, epoch: Minted) => void = () => {}
  /** Told of each planned move that begins. */
  moving: (node: number, life: number) => void = () => {}
  /** When the last process of each node that is no more ended. */
  readonly endedAt = new Map<number, number>()
  /** Nodes whose proxy carries no connection, and since when they are these. */
  readonly broken = new Map<number, Brokenness>()
  pathsChangedAt = 0
  healed = 0
  readonly #pathFaults: number[] = []
  readonly #bugs: Bugs
  readonly #rekeying: Rekeying
  readonly #commander: Commander
  readonly #chance: Chance
  readonly #machines: readonly Machine[]
  readonly #lives: number[]
  #outages = 0

  readonly #trace: ((line: string) => void) | undefined

  constructor(scenario: Scenario, bugs: Bugs, trace?: (line: string) => void) {
    this.#trace = trace
    const { seed, nodes, weather } = scenario
    this.scenario = scenario
    this.#bugs = bugs
    this.#chance = new Chance(seed, 'world')
    this.cluster = clusterOf(scenario)
    this.#rekeying = new Rekeying(this, bugs, new Chance(seed, 'keys'))
    this.#commander = new Commander(this, (edit) => this.#edit(edit))
    this.network = new Network(nodes, weather, this.agenda, new Chance(seed, 'network'))
    this.network.deliver = (to, datagram) => this.processes[to]?.receive(datagram)
    this.#machines = Array.from({ length: nodes }, () => {
      const rate = 1 + this.#chance.between(-0.0005, 0.0005)
      return new Machine(this.agenda, rate, this.#chance.whole(1_000_000, 2_000_000_000))
    })
    this.#lives = Array.from({ length: nodes }, () => 0)
  }

  /** For the trace of a run; `text` is made only when there is one. */
  note(text: () => string): void {
    this.#trace?.(`${this.agenda.now.toFixed(1).padStart(9)}  ${text()}`)
  }

  /** All at nearly the same time. */
  begin(): void {
    for (let index = 0; index < this.scenario.nodes; index++)
      this.agenda.plan(this.#chance.between(0, 30), () => this.#boot(index, undefined))
  }

  running(index: number): Process | undefined {
    const process = this.processes[index]
    return process?.running === true ? process : undefined
  }

  /** Whether the client gets answers from the node. */
  answers(index: number, address: Address): boolean {
    const process = this.processes[index]
    return (
      process !== undefined &&
      process.answers(address) &&
      this.network.meet('segment', index, this.network.client)
    )
  }

  strike(fault: Fault): void {
    this.note(() => `fault: ${faultText(fault)}`)
    if ('media' in fault)
      for (const [from, to] of this.#pathsOf(fault)) this.network.cut(fault.media, from, to)
    else if ('node' in fault) this.#strikeNode(fault)
    else this.#strikeAll(fault)
  }

  /** The fault is over. */
  mend(fault: Fault): void {
    this.note(() => `over: ${faultText(fault)}`)
    if ('media' in fault)
      for (const [from, to] of this.#pathsOf(fault)) this.network.mend(fault.media, from, to)
    else if ('node' in fault) this.#mendNode(fault)
    else this.#mendAll(fault)
  }

  #strikeNode(fault: NodeFault): void {
    const process = this.processes[fault.node]
    const until = this.agenda.now + fault.lasts
    switch (fault.kind) {
      case 'pause':
      case 'freeze':
        return this.#stop(fault.node, until)
      case 'leap':
        return this.#machines[fault.node]?.leap(fault.by)
      case 'busy':
        if (process !== undefined) process.busyUntil = Math.max(process.busyUntil, until)
        return
      case 'crash':
        return process?.kill()
      case 'flap':
        return this.#flap(fault)
      case 'path':
        return this.#break(fault)
      case 'leave':
        return process?.leave()
    }
  }

  #mendNode(fault: NodeFault): void {
    const process = this.processes[fault.node]
    switch (fault.kind) {
      case 'freeze':
        return this.#thaw(fault)
      case 'crash':
        return this.#boot(fault.node, fault.snapshot ? process?.cluster : undefined)
      case 'leave':
        // Whoever has not left by then is killed.
        process?.kill()
        return this.#boot(fault.node, undefined)
      case 'flap':
        return this.#boot(fault.node, undefined)
      case 'path':
        return this.#heal(fault.node)
      case 'pause':
      case 'leap':
      case 'busy':
        return
    }
  }

  /** Such faults may overlap. */
  #break({ node, unanswered }: Extract<Fault, { kind: 'path' }>): void {
    this.#pathFaults.push(node)
    this.broken.set(node, unanswered ? 'unanswered' : 'refused')
    this.pathsChangedAt = this.agenda.now
  }

  #heal(node: number): void {
    this.#pathFaults.splice(this.#pathFaults.indexOf(node), 1)
    if (this.#pathFaults.includes(node)) return
    this.broken.delete(node)
    this.healed++
    this.pathsChangedAt = this.agenda.now
  }

  #strikeAll(fault: CommonFault): void {
    const { weather } = this.network
    switch (fault.kind) {
      case 'loss':
        weather.loss = Math.max(weather.loss, fault.loss)
        return
      case 'delay':
        weather.delay = Math.max(weather.delay, fault.delay)
        return
      case 'outage':
        this.#outages++
        return
      case 'edit':
        return this.#edit(fault.edit)
      case 'move':
        // Without an API server there is nothing to ask.
        if (this.#outages === 0) this.#commander.move(fault)
        return
      case 'rekey':
        return this.#rekeying.begin()
    }
  }

  #edit(edit: Edit): void {
    this.cluster = edited(this.cluster, edit)
    if (this.#outages === 0) this.#tellAll()
  }

  /** Down for as long as it takes to be missed, and up for as long as it takes to be counted. */
  #flap({ node, times, lasts }: Extract<Fault, { kind: 'flap' }>): void {
    const each = lasts / times
    for (let time = 0; time < times; time++) {
      const at = this.agenda.now + time * each
      this.agenda.plan(at, () => this.processes[node]?.kill())
      this.agenda.plan(at + each / 2, () => this.#boot(node, undefined))
    }
  }

  #mendAll({ kind }: CommonFault): void {
    const { weather } = this.network
    if (kind === 'loss') weather.loss = this.scenario.weather.loss
    if (kind === 'delay') weather.delay = this.scenario.weather.delay
    if (kind !== 'outage') return
    this.#outages--
    if (this.#outages === 0) this.#tellAll()
  }

  #boot(index: number, snapshot: ClusterState | undefined): void {
    const before = this.processes[index]
    if (before !== undefined && !before.over) return
    const { nodes, timing, policy, election, budget } = this.scenario
    const life = (this.#lives[index] ?? 0) + 1
    this.#lives[index] = life
    const machine = this.#machines[index] as Machine
    const process = new Process({
      index,
      life,
      nodes,
      timing,
      policy,
      election,
      budget,
      broken: this.scenario.gated ? () => this.broken.get(index) : undefined,
      keys: this.#rekeying.stepOn(index),
      machine,
      agenda: this.agenda,
      bugs: this.#bugs,
      crossing: () => this.#chance.between(0.02, 1),
      send: (to, datagram) => this.network.send(index, to, datagram),
      ask: (address) => this.#ask(process, address),
      framesHeard: () => this.#framesHeard(index),
      minted: (address, counter, heard) => this.minted(index, { address, counter, heard }),
      moving: (address) => {
        this.note(() => `${nameOfNode(index)}: begins to move ${address}`)
        this.moving(index, life)
      },
      ended: () => this.endedAt.set(index, this.agenda.now),
      note: (text) => this.note(() => `${nameOfNode(index)}: ${text()}`),
    })
    this.note(() => `${nameOfNode(index)}: starts, life ${life}`)
    this.processes[index] = process
    if (this.#outages === 0) this.#tell(process)
    else if (snapshot !== undefined) process.learn(snapshot)
  }

  #tellAll(): void {
    for (const process of this.processes) this.#tell(process)
  }

  /** Each watch has a delay of its own. */
  #tell(process: Process): void {
    const { cluster } = this
    this.agenda.plan(this.agenda.now + this.#chance.between(1, 30), () => {
      if (this.#outages === 0 && this.cluster === cluster) process.learn(cluster)
    })
  }

  #stop(index: number, until: number): void {
    const process = this.processes[index]
    if (process === undefined) return
    process.stoppedUntil = Math.max(process.stoppedUntil, until)
    this.agenda.plan(until, () => process.goOn())
  }

  /** It does not know of its pause, and what is bounded is how long it takes to be told. */
  #thaw({ node, lasts }: Fault & { readonly kind: 'freeze' }): void {
    this.#machines[node]?.leap(-lasts)
    for (let other = 0; other < this.scenario.nodes; other++) this.network.stir(node, other)
  }

  /** The client is never quiet, nor is another node that runs. */
  #framesHeard(index: number): number {
    const { network } = this
    const hears = (from: number): boolean => network.passes('segment', from, index)
    const something =
      hears(network.client) ||
      this.processes.some((one) => one.index !== index && one.running && hears(one.index))
    return something ? this.agenda.steps : 0
  }

  #ask(asker: Process, address: Address): void {
    let answered = false
    for (const other of this.processes) {
      if (other === asker || other === undefined) continue
      if (!this.network.meet('segment', asker.index, other.index)) continue
      if (!other.hearQuestion(address) || answered) continue
      this.agenda.plan(this.agenda.now + 0.3, () => asker.hearAnswer(address))
      answered = true
    }
  }

  #pathsOf(fault: PathFault): readonly (readonly [number, number])[] {
    const { client } = this.network
    const stations = Array.from({ length: client + 1 }, (_, index) => index)
    const paths = (from: readonly number[], to: readonly number[]) =>
      from.flatMap((one) => to.flatMap((other) => (one === other ? [] : [[one, other] as const])))
    switch (fault.kind) {
      case 'partition': {
        const side = new Set([...fault.nodes, ...(fault.client ? [client] : [])])
        return paths(stations, stations).filter(([from, to]) => side.has(from) !== side.has(to))
      }
      case 'one-way':
        return paths(fault.from, fault.to)
      case 'deaf':
        return paths(stations, [fault.node])
      case 'mute':
        return paths([fault.node], stations)
    }
  }
}

export function faultText({ kind, lasts, ...rest }: Fault): string {
  const details = Object.entries(rest)
    .filter(([name]) => name !== 'at')
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return [kind, ...details, ...(lasts > 0 ? [`for ${Math.round(lasts)} ms`] : [])].join(', ')
}
