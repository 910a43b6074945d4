/* The pools of one configuration: by name, by address, and in the order in which a Service tries them. */
import { comparePinned, isPinnedTo } from './pins.ts'
import { PoolSpace } from './pool-space.ts'
import { lastWhere } from './search.ts'
import { familyOf, ipv4ValueOf, valueOf, type Address, type Family } from '../model/address.ts'
import type { AddressRange, Pool } from '../model/config.ts'
import type { ServiceObject } from '../model/objects.ts'

interface OwnedRange {
  /** A number for IPv4. */
  readonly first: number | bigint
  readonly space: PoolSpace
}

export class PoolBook {
  /** Sorted by name. */
  readonly spaces: readonly PoolSpace[]
  readonly #byName: ReadonlyMap<string, PoolSpace>
  /** Sorted by first address; pools do not overlap. */
  readonly #ranges: Readonly<Record<Family, readonly OwnedRange[]>>
  /** Serve the Services they are pinned to unasked; the first to try comes first. */
  readonly #pinned: readonly PoolSpace[]
  /** Serve every Service unasked; sorted by name. */
  readonly #ordinary: readonly PoolSpace[]

  constructor(pools: readonly Pool[]) {
    this.spaces = pools.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((pool) => new PoolSpace(pool))
    this.#byName = new Map(this.spaces.map((space) => [space.name, space]))
    const ranges = this.spaces
      .flatMap((space) => space.pool.ranges.map(({ family, first }) => ({ family, first, space })))
      .sort((a, b) => (a.first < b.first ? -1 : 1))
    const [four, six] = [ranges.filter(isIPv4), ranges.filter((range) => !isIPv4(range))]
    this.#ranges = { IPv4: four.map(({ first, space }) => ({ first: Number(first), space })), IPv6: six }
    const automatic = this.spaces.filter(({ pool }) => pool.autoAssign)
    this.#pinned = automatic
      .filter(({ pool }) => pool.pin !== undefined)
      .sort((a, b) => comparePinned(a.pool, b.pool))
    this.#ordinary = automatic.filter(({ pool }) => pool.pin === undefined)
  }

  /** The first pool of which a fault hides addresses. */
  get incomplete(): PoolSpace | undefined {
    return this.spaces.find(({ pool }) => pool.incomplete)
  }

  named(name: string): PoolSpace | undefined {
    return this.#byName.get(name)
  }

  /** The one pool that every address lies in; `undefined` for addresses of two pools, or of none. */
  ownerOf(addresses: readonly Address[]): PoolSpace | undefined {
    const first = addresses[0]
    const space = first === undefined ? undefined : this.#poolAt(first)
    return space !== undefined && addresses.every((address) => space.owns(address)) ? space : undefined
  }

  /** The pool that lists the address, whether or not it gives it out. */
  poolAround(address: Address): PoolSpace | undefined {
    const [family, value] = [familyOf(address), valueOf(address)]
    const space = this.#poolAt(address)
    const lists = (range: AddressRange): boolean =>
      range.family === family && range.first <= value && value <= range.last
    return space?.pool.ranges.some(lists) ? space : undefined
  }

  /** Pools that serve the Service unasked, most preferred first; a tier is tried as a whole before the next. */
  tiersFor(service: ServiceObject): readonly (readonly PoolSpace[])[] {
    const pinned = this.#pinned.filter(({ pool }) => isPinnedTo(pool, service))
    return [pinned, this.#ordinary].filter((tier) => tier.length > 0)
  }

  /** The pool among whose ranges the address lies; it may avoid the address. */
  #poolAt(address: Address): PoolSpace | undefined {
    const family = familyOf(address)
    const value = family === 'IPv4' ? ipv4ValueOf(address) : valueOf(address)
    return lastWhere(this.#ranges[family], ({ first }) => first <= value)?.space
  }
}

function isIPv4({ family }: { readonly family: Family }): boolean {
  return family === 'IPv4'
}
