/*
 * Services that share an address must have one owner between them, and so must the two addresses of a dual-stack
 * Service. A group is everything that hangs together in this way; mostly it is one Service.
 */
import { compareAddresses, type Address } from '../model/address.ts'
import { packed } from '../model/collections.ts'

export interface SharingGroup {
  /** Names, sorted. */
  readonly services: readonly string[]
  /** The lowest among the first addresses of its Services: the one that is hashed. */
  readonly address: Address
}

/** A list as long as it is short, for a set costs 200 bytes, and nearly every address has one holder. */
type Holders = readonly string[] | Set<string>

/** From here on a list would be copied for each that comes. */
const many = 16

export class SharingGroups {
  readonly #addresses = new Map<string, readonly Address[]>()
  readonly #holders = new Map<Address, Holders>()
  /** Groups of several, by each of their Services: found once for all of them, until something changes. */
  readonly #found = new Map<string, SharingGroup>()

  /** An empty list removes the Service. */
  set(service: string, addresses: readonly Address[]): void {
    this.#found.clear()
    for (const address of this.#addresses.get(service) ?? []) this.#drop(service, address)
    if (addresses.length === 0) {
      this.#addresses.delete(service)
      return
    }
    this.#addresses.set(service, addresses)
    for (const address of addresses)
      this.#holders.set(address, withHolder(this.#holders.get(address) ?? [], service))
  }

  /** Names of the Services that hold the address. */
  holdersOf(address: Address): Iterable<string> {
    return this.#holders.get(address) ?? []
  }

  /** `undefined` for a Service without an address. */
  groupOf(service: string): SharingGroup | undefined {
    const own = this.#addresses.get(service)?.[0]
    if (own === undefined) return undefined
    const found = this.#found.get(service)
    if (found !== undefined) return found
    const services = this.#reach(service)
    if (services.length === 1) return { services, address: own }
    const firsts = services.map((name) => this.#addresses.get(name)?.[0] ?? own)
    const group = { services, address: firsts.reduce((a, b) => (compareAddresses(a, b) <= 0 ? a : b)) }
    for (const name of services) this.#found.set(name, group)
    return group
  }

  /** Each group once, sorted by address. */
  all(): SharingGroup[] {
    const seen = new Set<string>()
    const groups: SharingGroup[] = []
    for (const service of this.#addresses.keys()) {
      if (seen.has(service)) continue
      const group = this.groupOf(service)
      if (group === undefined) continue
      for (const member of group.services) seen.add(member)
      groups.push(group)
    }
    return groups.sort((a, b) => compareAddresses(a.address, b.address))
  }

  #reach(service: string): string[] {
    if (this.#isAlone(service)) return [service]
    const reached = new Set([service])
    for (const name of reached) {
      for (const address of this.#addresses.get(name) ?? []) {
        for (const holder of this.#holders.get(address) ?? []) reached.add(holder)
      }
    }
    return [...reached].sort()
  }

  /** Nearly every Service is: no set has to be built to say so. */
  #isAlone(service: string): boolean {
    for (const address of this.#addresses.get(service) ?? []) {
      if (countOf(this.#holders.get(address) ?? []) !== 1) return false
    }
    return true
  }

  #drop(service: string, address: Address): void {
    const others = withoutHolder(this.#holders.get(address) ?? [], service)
    if (countOf(others) === 0) this.#holders.delete(address)
    else this.#holders.set(address, others)
  }
}

function countOf(holders: Holders): number {
  return holders instanceof Set ? holders.size : holders.length
}

function withHolder(holders: Holders, service: string): Holders {
  if (holders instanceof Set) return holders.add(service)
  if (holders.includes(service)) return holders
  return holders.length < many ? packed([...holders, service]) : new Set([...holders, service])
}

function withoutHolder(holders: Holders, service: string): Holders {
  if (!(holders instanceof Set)) return packed(holders.filter((holder) => holder !== service))
  holders.delete(service)
  return holders
}
