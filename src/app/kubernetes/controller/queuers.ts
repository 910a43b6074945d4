/* Services that wait for an address: which one each wants, and what it keeps until it gets that. */
import type { Awaiting } from '#core/awaiting-probe.ts'
import type { Address } from '#core/model/address.ts'

export interface Wait {
  /** Until it gets what is decided. */
  readonly keeps: readonly Address[]
  /** What it has not got yet. */
  readonly gets: readonly Address[]
  /** For what the segment says; otherwise it is only behind others. */
  readonly asks: boolean
}

export class Queuers {
  private readonly wants = new Map<string, readonly Address[]>()
  private readonly wantedBy = new Map<Address, Set<string>>()
  private readonly waiting = new Map<string, Wait>()
  private readonly keepers = new Map<Address, Set<string>>()
  /** Who is to get what another one keeps. */
  private readonly behind = new Set<string>()
  /** Addresses that are yet to be asked about, in order. */
  private readonly later = new Set<Address>()

  /** Exactly these; returns those that nobody wants any more. */
  want(service: string, addresses: readonly Address[]): readonly Address[] {
    const before = this.wants.get(service) ?? []
    if (addresses.length === 0) this.wants.delete(service)
    else this.wants.set(service, addresses)
    for (const address of addresses) add(this.wantedBy, address, service)
    const dropped = before.filter((address) => !addresses.includes(address))
    for (const address of dropped) remove(this.wantedBy, address, service)
    const unwanted = dropped.filter((address) => !this.wantedBy.has(address))
    for (const address of unwanted) this.later.delete(address)
    return unwanted
  }

  /** Sorted. */
  wanting(address: Address): readonly string[] {
    return [...(this.wantedBy.get(address) ?? [])].sort()
  }

  wait(service: string, wait: Wait): void {
    this.release(service)
    this.waiting.set(service, wait)
    for (const address of wait.keeps) add(this.keepers, address, service)
  }

  /** Waits no more; returns those that may wait no more either. */
  go(service: string): readonly string[] {
    const kept = this.release(service)
    this.behind.delete(service)
    if (kept.length === 0) return []
    const behind = [...this.behind]
    this.behind.clear()
    return behind
  }

  /** What it has not got yet; undefined: it does not wait. */
  getsOf(service: string): readonly Address[] | undefined {
    return this.waiting.get(service)?.gets
  }

  /** Who keeps the first of them that somebody keeps. */
  keeperOf(addresses: readonly Address[]): Extract<Awaiting, { kind: 'kept' }> | undefined {
    const keepers = addresses.map((address) => ({
      address,
      by: [...(this.keepers.get(address) ?? [])].sort()[0],
    }))
    const [first] = keepers.flatMap(({ address, by }) => (by === undefined ? [] : [{ address, by }]))
    return first === undefined ? undefined : { kind: 'kept', ...first }
  }

  /** Whether another one keeps any of them until somebody is asked: those that exchange addresses wait for nobody else. */
  areKept(addresses: readonly Address[], service: string): boolean {
    const kept = this.dependOnAsking(addresses, new Set([service]))
    if (kept) this.behind.add(service)
    return kept
  }

  /** To be asked about when there is room. */
  line(address: Address): void {
    this.later.add(address)
  }

  /** Who wants those that there is room for now. */
  next(room: number): readonly string[] {
    const addresses = [...this.later].slice(0, Math.max(0, room))
    for (const address of addresses) this.later.delete(address)
    return addresses.flatMap((address) => this.wanting(address))
  }

  private dependOnAsking(addresses: readonly Address[], seen: Set<string>): boolean {
    const keepers = addresses.flatMap((address) => [...(this.keepers.get(address) ?? [])])
    return keepers.some((keeper) => {
      const wait = this.waiting.get(keeper)
      if (wait === undefined || seen.has(keeper)) return false
      seen.add(keeper)
      return wait.asks || this.dependOnAsking(wait.gets, seen)
    })
  }

  private release(service: string): readonly Address[] {
    const kept = this.waiting.get(service)?.keeps ?? []
    this.waiting.delete(service)
    for (const address of kept) remove(this.keepers, address, service)
    return kept
  }
}

function add<Key>(map: Map<Key, Set<string>>, key: Key, item: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(item))
}

function remove<Key>(map: Map<Key, Set<string>>, key: Key, item: string): void {
  const items = map.get(key)
  items?.delete(item)
  if (items?.size === 0) map.delete(key)
}
