/*
 * The incremental twin of decide(): fact changes in, changed decisions out. It keeps what the decisions are read from
 * up to date at the cost of what a change touches; the decisions on a Service, with the reason of every silent node,
 * are made when somebody asks for them.
 *
 *   service, endpoints  ─► allocation ─► the Services that share an address with it ─► their contests
 *   node, dead, holders ─► the contests that the node owns, has held, or may win
 *   config              ─► everything
 */
import type { FactChange } from './fact-change.ts'
import { FactsBook, type Rest } from './facts-book.ts'
import { movesBetween, type Move } from './ownership.ts'
import { Stage } from './stage.ts'
import type { AllocationSource } from '../allocation-source.ts'
import { Allocator, type Changes } from '../allocator/allocator.ts'
import type { ParsedConfig } from '../config/parse.ts'
import { compose, configOf } from '../decide.ts'
import { dampedNodes } from '../election/damping.ts'
import { NodeHashes } from '../election/node-hashes.ts'
import type { Order } from '../election/order.ts'
import type { Assignment, Decisions } from '../model/decisions.ts'
import type { Facts, ShutPath } from '../model/facts.ts'
import { same } from '../model/same.ts'
import type { Detail } from '../selection/detail.ts'
import { announcementsOf } from '../selection/announce.ts'
import { nodeView, nodeViews } from '../selection/node-view.ts'
import { outcomeOf, type Outcome } from '../selection/outcome.ts'

export interface Delta {
  /** Services whose decisions may differ from before on any node. */
  readonly services: ReadonlySet<string>
  /** Nodes on which the decisions on any Service may differ from before. */
  readonly nodes: ReadonlySet<string>
  /** Another configuration: everything may differ. */
  readonly everything: boolean
  /** Addresses that changed hands. */
  readonly moves: readonly Move[]
}

export interface ServiceDecisions extends Outcome {
  readonly assignment: Assignment
}

export class IncrementalDecider {
  readonly #book: FactsBook
  readonly #allocation: AllocationSource
  readonly #order: Order
  #parsed: ParsedConfig
  #stage: Stage
  /** Until when, by node. */
  #damped: ReadonlyMap<string, number>

  /** `allocation`: empty; filled from the facts. By default one of its own. */
  constructor(facts: Facts, allocation: AllocationSource = new Allocator(facts.settings.lbClass)) {
    this.#book = new FactsBook(facts)
    this.#allocation = allocation
    this.#order = { kind: facts.settings.l2Candidates, hashes: new NodeHashes(facts.sha256) }
    this.#parsed = configOf(facts)
    allocation.setQuarantine?.(facts.quarantine ?? [])
    for (const service of facts.services) allocation.upsert(service)
    this.#damped = dampedNodes(facts)
    this.#stage = this.#setUp(facts)
  }

  /** The configuration that the decisions are made from, with its own problems. */
  get parsed(): ParsedConfig {
    return this.#parsed
  }

  /** When the decisions will differ though no fact changes but the time: on the clock of the returns. */
  get next(): number | undefined {
    return this.#damped.size === 0 ? undefined : Math.min(...this.#damped.values())
  }

  apply(changes: readonly FactChange[]): Delta {
    const { rest: before, nodesKnown } = this.#book
    const services = new Set<string>()
    const nodes = new Set<string>()
    for (const change of changes) this.#take(change, services, nodes)
    for (const node of symmetricDifference(before.dead, this.#book.rest.dead)) nodes.add(node)
    for (const node of this.#dampen()) nodes.add(node)
    // Without Nodes any object may name one.
    if (this.#configChanged(changes) || !nodesKnown) return this.#startOver(nodes)
    this.#refreshNodes(nodes)
    // What one that is being drained announces depends on who else may.
    if (nodes.size > 0) for (const node of this.#stage.drainedNodes()) nodes.add(node)
    this.#followShutPaths(before, nodes.size > 0, services)
    if (before.holders !== this.#book.rest.holders) this.#stage.setHolders(this.#book.rest.holders ?? [])
    const changed = new Map([...services].map((name) => [name, this.#allocation.assignment(name)]))
    const touched = this.#stage.setServices(changed)
    const { moves, addresses } = this.#stage.settle()
    const concerned = addresses.flatMap((address) => this.#stage.servicesAround(address))
    return { services: new Set([...touched, ...concerned]), nodes, everything: false, moves }
  }

  /** `namespace/name`; undefined for a Service that is not ours. */
  of(service: string, detail?: Detail): ServiceDecisions | undefined {
    const { scene } = this.#stage
    const view = scene.services.get(service)
    const assignment = this.#allocation.assignment(service)
    return view && assignment && { assignment, ...outcomeOf(scene, view, detail) }
  }

  /** All of them, at the cost of all. */
  decisions(): Decisions {
    const allocation = { assignments: this.#allocation.assignments(), pools: this.#allocation.usage() }
    return compose(this.#book.facts(), this.#parsed, { ...allocation, ...announcementsOf(this.#stage.scene) })
  }

  /** What a node with a shut path announces depends on who else may: looked at anew with each change of a node. */
  #followShutPaths({ shutPaths: before = [] }: Rest, nodesChanged: boolean, services: Set<string>): void {
    const { shutPaths: now = [] } = this.#book.rest
    const touched = before === now ? [] : pathsThatDiffer(before, now)
    if (before !== now) this.#stage.setShutPaths(now)
    for (const { address } of nodesChanged ? [...touched, ...now] : touched)
      for (const service of this.#stage.servicesAround(address)) services.add(service)
  }

  #take(change: FactChange, services: Set<string>, nodes: Set<string>): void {
    this.#book.note(change)
    if (change.kind === 'endpoints' || change.kind === 'assignment') services.add(change.service)
    if (change.kind === 'node') nodes.add(change.name)
    if (change.kind === 'quarantine') {
      const touched = this.#allocation.setQuarantine?.(change.quarantine)
      for (const service of touched === undefined ? [] : namesIn(touched)) services.add(service)
    }
    if (change.kind !== 'service') return
    const { name, object } = change
    services.add(name)
    const touched = object === undefined ? this.#allocation.remove(name) : this.#allocation.upsert(object)
    for (const service of namesIn(touched)) services.add(service)
  }

  /** Returns the nodes that are damped now and were not, or the reverse. */
  #dampen(): readonly string[] {
    const before = this.#damped
    this.#damped = dampedNodes(this.#book.rest)
    return symmetricDifference(new Set(before.keys()), new Set(this.#damped.keys()))
  }

  /** Nodes matter to the configuration by their labels: two peers may meet on a node. */
  #configChanged(changes: readonly FactChange[]): boolean {
    const suspect = changes.some(({ kind }) => kind === 'config' || kind === 'node')
    if (!suspect) return false
    const parsed = configOf(this.#book.facts())
    const changed = !same(parsed.config, this.#parsed.config)
    this.#parsed = parsed
    return changed
  }

  #startOver(nodes: ReadonlySet<string>): Delta {
    const before = this.#stage
    this.#stage = this.#setUp(this.#book.facts())
    const after = this.#stage
    const present = after.groups
    for (const address of before.groups) if (!present.has(address)) this.#order.hashes.forgetAddress(address)
    const keys = [...before.scene.owners.keys(), ...after.scene.owners.keys()]
    const owned = new Map(keys.map((key) => [key, before.scene.owners.get(key)]))
    return { services: new Set(), nodes, everything: true, moves: movesBetween(owned, after.scene.owners) }
  }

  #setUp(facts: Facts): Stage {
    this.#allocation.setPools(this.#parsed.config.pools)
    const stage = new Stage(this.#book, this.#parsed.config, { order: this.#order, nodes: nodeViews(facts) })
    const assignments = this.#allocation.assignments()
    stage.setServices(new Map(assignments.map((assignment) => [assignment.service, assignment])))
    stage.settle()
    return stage
  }

  #refreshNodes(names: ReadonlySet<string>): void {
    const { settings, dead } = this.#book.rest
    for (const name of names) {
      const object = this.#book.node(name)
      this.#stage.setNode(name, object && nodeView(object, settings, { dead, damped: this.#damped }))
      if (object === undefined) this.#order.hashes.forgetNode(name)
    }
  }
}

function namesIn({ assigned, dropped }: Changes): string[] {
  return [...assigned.map(({ service }) => service), ...dropped]
}

function pathsThatDiffer(before: readonly ShutPath[], now: readonly ShutPath[]): readonly ShutPath[] {
  const keyOf = ({ address, node, state }: ShutPath): string => `${address} ${node} ${state}`
  const [old, fresh] = [new Set(before.map(keyOf)), new Set(now.map(keyOf))]
  return [...before.filter((path) => !fresh.has(keyOf(path))), ...now.filter((path) => !old.has(keyOf(path)))]
}

function symmetricDifference(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...[...a].filter((item) => !b.has(item)), ...[...b].filter((item) => !a.has(item))]
}
