/* The pools of one configuration: by name, by address, and in the order in which a Service tries them. */
import { comparePinned, isPinnedTo } from './pins.ts'
import { PoolSpace } from './pool-space.ts'
import { lastWhere } from './search.ts'
import { familyOf, valueOf, type Address } from '../model/address.ts'
import type { AddressRange, Pool } from '../model/config.ts'
import type { ServiceObject } from '../model/objects.ts'

interface OwnedRange {
  readonly range: AddressRange
  readonly space: PoolSpace
}

export class PoolBook {
  /** Sorted by name. */
  readonly spaces: readonly PoolSpace[]
  readonly #byName: ReadonlyMap<string, PoolSpace>
  /** Sorted by family, then by first address; pools do not overlap. */
  readonly #ranges: readonly OwnedRange[]
  /** Serve the Services they are pinned to unasked; the first to try comes first. */
  readonly #pinned: readonly PoolSpace[]
  /** Serve every Service unasked; sorted by name. */
  readonly #ordinary: readonly PoolSpace[]

  constructor(pools: readonly Pool[]) {
    this.spaces = pools.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((pool) => new PoolSpace(pool))
    this.#byName = new Map(this.spaces.map((space) => [space.name, space]))
    this.#ranges = this.spaces
      .flatMap((space) => space.pool.ranges.map((range) => ({ range, space })))
      .sort((a, b) => compareRanges(a.range, b.range))
    const automatic = this.spaces.filter(({ pool }) => pool.autoAssign)
    this.#pinned = automatic
      .filter(({ pool }) => pool.pin !== undefined)
      .sort((a, b) => comparePinned(a.pool, b.pool))
    this.#ordinary = automatic.filter(({ pool }) => pool.pin === undefined)
  }

  named(name: string): PoolSpace | undefined {
    return this.#byName.get(name)
  }

  /** The one pool that every address lies in; `undefined` for addresses of two pools, or of none. */
  ownerOf(addresses: readonly Address[]): PoolSpace | undefined {
    const [first, ...others] = addresses
    const space = first === undefined ? undefined : this.#ownerOf(first)
    return space !== undefined && others.every((address) => space.owns(address)) ? space : undefined
  }

  /** Pools that serve the Service unasked, most preferred first; a tier is tried as a whole before the next. */
  tiersFor(service: ServiceObject): readonly (readonly PoolSpace[])[] {
    const pinned = this.#pinned.filter(({ pool }) => isPinnedTo(pool, service))
    return [pinned, this.#ordinary].filter((tier) => tier.length > 0)
  }

  #ownerOf(address: Address): PoolSpace | undefined {
    const value = valueOf(address)
    const range = { family: familyOf(address), first: value, last: value, text: address }
    const space = lastWhere(this.#ranges, (owned) => compareRanges(owned.range, range) <= 0)?.space
    return space?.owns(address) === true ? space : undefined
  }
}

function compareRanges(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family === 'IPv4' ? -1 : 1
  return a.first < b.first ? -1 : a.first > b.first ? 1 : 0
}
