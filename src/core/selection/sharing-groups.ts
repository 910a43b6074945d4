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

export class SharingGroups {
  readonly #addresses = new Map<string, readonly Address[]>()
  /** Lists, for a set costs 200 bytes, and nearly every address has one holder. */
  readonly #holders = new Map<Address, readonly string[]>()

  /** An empty list removes the Service. */
  set(service: string, addresses: readonly Address[]): void {
    for (const address of this.#addresses.get(service) ?? []) this.#drop(service, address)
    if (addresses.length === 0) {
      this.#addresses.delete(service)
      return
    }
    this.#addresses.set(service, addresses)
    for (const address of addresses) {
      const others = this.#holders.get(address) ?? []
      if (!others.includes(service)) this.#holders.set(address, packed([...others, service]))
    }
  }

  /** Names of the Services that hold the address. */
  holdersOf(address: Address): Iterable<string> {
    return this.#holders.get(address) ?? []
  }

  /** `undefined` for a Service without an address. */
  groupOf(service: string): SharingGroup | undefined {
    const own = this.#addresses.get(service)?.[0]
    if (own === undefined) return undefined
    const services = this.#reach(service)
    if (services.length === 1) return { services, address: own }
    const firsts = services.map((name) => this.#addresses.get(name)?.[0] ?? own)
    return { services, address: firsts.reduce((a, b) => (compareAddresses(a, b) <= 0 ? a : b)) }
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
      if (this.#holders.get(address)?.length !== 1) return false
    }
    return true
  }

  #drop(service: string, address: Address): void {
    const others = (this.#holders.get(address) ?? []).filter((holder) => holder !== service)
    if (others.length === 0) this.#holders.delete(address)
    else this.#holders.set(address, packed(others))
  }
}
