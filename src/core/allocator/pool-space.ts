import { FamilySpace } from './family-space.ts'
import { familyOf, type Address, type Family } from '../model/address.ts'
import type { Pool } from '../model/config.ts'
import type { PoolUsage } from '../model/decisions.ts'
import { quote } from '../model/wording.ts'

/** A pool and who holds its addresses. */
export class PoolSpace {
  readonly pool: Pool
  /** How messages name it: `pool "lan"`. */
  readonly label: string
  readonly #families: Readonly<Record<Family, FamilySpace>>

  constructor(pool: Pool) {
    this.pool = pool
    this.label = `pool ${quote(pool.name)}`
    this.#families = { IPv4: new FamilySpace(pool, 'IPv4'), IPv6: new FamilySpace(pool, 'IPv6') }
  }

  get name(): string {
    return this.pool.name
  }

  family(family: Family): FamilySpace {
    return this.#families[family]
  }

  /** The half of the pool that an address belongs to, if the pool has it at all. */
  familyOf(address: Address): FamilySpace {
    return this.#families[familyOf(address)]
  }

  owns(address: Address): boolean {
    return this.familyOf(address).owns(address)
  }

  usage(): PoolUsage {
    const { IPv4, IPv6 } = this.#families
    const quarantined = { IPv4: IPv4.quarantined, IPv6: IPv6.quarantined }
    return {
      pool: this.name,
      totalIPv4: IPv4.total,
      totalIPv6: IPv6.total,
      usedIPv4: IPv4.used,
      usedIPv6: IPv6.used,
      ...(quarantined.IPv4 + quarantined.IPv6 > 0 && { quarantined }),
    }
  }
}
