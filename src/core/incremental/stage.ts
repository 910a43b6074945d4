/*
 * The scene of the decisions, kept up to date: the Services with their addresses, the groups in which they share
 * them, and the contests of each group.
 */
import type { FactsBook } from './facts-book.ts'
import { HashOwnership } from './hash-ownership.ts'
import type { Ownership, Settlement } from './ownership.ts'
import { StableOwnership } from './stable-ownership.ts'
import type { Order } from '../election/order.ts'
import type { Address } from '../model/address.ts'
import type { Config } from '../model/config.ts'
import type { Assignment } from '../model/decisions.ts'
import type { Holder, ShutPath } from '../model/facts.ts'
import { contestsOf } from '../selection/contest.ts'
import { endpointsOf } from '../selection/endpoint-view.ts'
import { Landscape } from '../selection/landscape.ts'
import type { NodeView } from '../selection/node-view.ts'
import { keyOf } from '../selection/owners.ts'
import { claimsOfAll, type Scene } from '../selection/scene.ts'
import { serviceView, type ServiceView } from '../selection/service-view.ts'
import { SharingGroups, type SharingGroup } from '../selection/sharing-groups.ts'

export class Stage {
  readonly #book: FactsBook
  readonly #order: Order
  readonly #landscape: Landscape
  readonly #ownership: Ownership
  readonly #services = new Map<string, ServiceView>()
  readonly #sharing = new SharingGroups()
  /** Keys of the contests of each sharing group, by the group's address. */
  readonly #contests = new Map<Address, readonly string[]>()

  constructor(
    book: FactsBook,
    config: Config,
    { order, nodes }: { readonly order: Order; readonly nodes: Iterable<NodeView> },
  ) {
    const { settings, holders = [], shutPaths } = book.rest
    this.#book = book
    this.#order = order
    this.#landscape = new Landscape(config, settings, nodes, shutPaths)
    this.#ownership =
      settings.election === 'hash'
        ? new HashOwnership(this.#landscape, order)
        : new StableOwnership(this.#landscape, order, holders)
  }

  get scene(): Scene {
    return {
      landscape: this.#landscape,
      services: this.#services,
      sharing: this.#sharing,
      order: this.#order,
      owners: this.#ownership.owners,
      nodesKnown: this.#book.nodesKnown,
    }
  }

  /** The addresses of the sharing groups. */
  get groups(): ReadonlySet<Address> {
    return new Set(this.#contests.keys())
  }

  /** Services of the group that the address belongs to. */
  servicesAround(address: Address): readonly string[] {
    const [holder] = this.#sharing.holdersOf(address)
    return holder === undefined ? [] : (this.#sharing.groupOf(holder)?.services ?? [])
  }

  setNode(name: string, view: NodeView | undefined): void {
    if (view === undefined) this.#landscape.removeNode(name)
    else this.#landscape.setNode(view)
    this.#ownership.nodeChanged(name)
  }

  drainedNodes(): string[] {
    return this.#landscape.drainedNodes()
  }

  setShutPaths(paths: readonly ShutPath[]): void {
    this.#landscape.setShutPaths(paths)
  }

  setHolders(holders: readonly Holder[]): void {
    this.#ownership.setHolders(holders)
  }

  /**
   * Takes note of Services that changed, by name, each with its assignment as it is now. Returns all whose decisions
   * may have changed by it: these, and those that share or shared an address with them.
   */
  setServices(changed: ReadonlyMap<string, Assignment | undefined>): ReadonlySet<string> {
    const before = this.#groupsOf(changed.keys())
    for (const [name, assignment] of changed) this.#setService(name, assignment)
    for (const address of before.keys()) this.#endContests(address)
    const touched = new Set([...changed.keys(), ...membersOf(before)])
    const after = this.#groupsOf(touched)
    for (const group of after.values()) {
      this.#absorb(group)
      this.#beginContests(group)
    }
    for (const address of before.keys()) if (!after.has(address)) this.#order.hashes.forgetAddress(address)
    return new Set([...touched, ...membersOf(after)])
  }

  settle(): Settlement {
    return this.#ownership.settle()
  }

  /** By address. */
  #groupsOf(services: Iterable<string>): Map<Address, SharingGroup> {
    const groups = new Map<Address, SharingGroup>()
    const found = new Set<string>()
    for (const service of services) {
      if (found.has(service)) continue
      const group = this.#sharing.groupOf(service)
      if (group === undefined) continue
      groups.set(group.address, group)
      for (const name of group.services) found.add(name)
    }
    return groups
  }

  /** Groups of untouched Services that the change has joined to this one contend for themselves no more. */
  #absorb({ address, services }: SharingGroup): void {
    for (const name of services) {
      const [first = address] = this.#services.get(name)?.addresses ?? []
      if (first === address || !this.#contests.has(first)) continue
      this.#endContests(first)
      this.#order.hashes.forgetAddress(first)
    }
  }

  #beginContests({ address, services }: SharingGroup): void {
    this.#endContests(address)
    const contests = contestsOf(address, claimsOfAll(this.#landscape, this.#services, services))
    for (const contest of contests) this.#ownership.set(contest)
    this.#contests.set(address, contests.map(keyOf))
  }

  #endContests(address: Address): void {
    for (const key of this.#contests.get(address) ?? []) this.#ownership.delete(key)
    this.#contests.delete(address)
  }

  #setService(name: string, assignment: Assignment | undefined): void {
    const object = this.#book.service(name)
    if (object === undefined || assignment === undefined) {
      this.#services.delete(name)
      this.#sharing.set(name, [])
      return
    }
    const endpoints = endpointsOf(this.#book.slicesOf(name), this.#book.rest)
    this.#services.set(name, serviceView(object, assignment, endpoints))
    this.#sharing.set(name, assignment.addresses)
  }
}

function membersOf(groups: ReadonlyMap<Address, SharingGroup>): string[] {
  return [...groups.values()].flatMap(({ services }) => services)
}
