/* The refusals that concern pools, as sentences. */
import { admitsNamespace } from './pins.ts'
import type { PoolBook } from './pool-book.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Refusal } from './refusal.ts'
import type { Address, Family } from '../model/address.ts'
import type { Pool } from '../model/config.ts'
import type { ServiceObject } from '../model/objects.ts'
import { few, oneOf, quote } from '../model/wording.ts'

export function noPools(): Refusal {
  return { reason: 'NoPools', message: 'no pool is configured; the status of the Service is left as it is' }
}

export function unknownPool(name: string, book: PoolBook): Refusal {
  return { reason: 'UnknownPool', message: `unknown pool ${quote(name)}; pools: ${namesOf(book.spaces)}` }
}

/** For addresses that do not lie in one pool together. */
export function notInPool(addresses: readonly Address[], book: PoolBook): Refusal {
  const owners = addresses.map((address) => ({ address, name: book.ownerOf([address])?.name }))
  const homeless = owners.find(({ name }) => name === undefined)
  if (homeless === undefined) {
    const places = owners.map(({ address, name }) => `${address} in pool ${quote(name)}`)
    return {
      reason: 'AddressNotInPool',
      message: `${addresses.join(', ')} is not allowed in config: the addresses of a Service come from one pool, found ${places.join(' and ')}`,
    }
  }
  const pools = book.spaces.map(({ pool }) => poolText(pool))
  return {
    reason: 'AddressNotInPool',
    message: `${quote(homeless.address)} is not allowed in config: it lies in no pool; pools: ${few(pools)}`,
  }
}

export function notInRequestedPool(addresses: readonly Address[], requested: string, owner: Pool): Refusal {
  return {
    reason: 'AddressNotInPool',
    message: `the Service asks for ${addresses.join(', ')} and for pool ${quote(requested)}, but the address lies in pool ${quote(owner.name)}`,
  }
}

export function notAdmitted(pool: Pool, service: ServiceObject): Refusal {
  const why = admitsNamespace(pool, service)
    ? 'no serviceSelector of its serviceAllocation selects the labels of the Service'
    : `its serviceAllocation admits namespaces ${few(pool.pin?.namespaces ?? [])}, the Service is in ${service.metadata.namespace ?? 'default'}`
  return {
    reason: 'PoolNotForService',
    message: `pool ${quote(pool.name)} not compatible for ip assignment: ${why}`,
  }
}

export function noPoolForService(book: PoolBook): Refusal {
  const reasons = book.spaces.map(({ pool }) =>
    pool.autoAssign
      ? `pool ${quote(pool.name)} is pinned to others by serviceAllocation`
      : `pool ${quote(pool.name)} has autoAssign false`,
  )
  return {
    reason: 'NoPoolForService',
    message: `no pool gives addresses to this Service unasked: ${few(reasons)}`,
  }
}

/** No pool could ever satisfy the Service, whatever is free. */
export function noPoolOfFamily(spaces: readonly PoolSpace[], families: readonly Family[]): Refusal {
  const what =
    families.length === 1 ? `an ${families[0]} address` : 'addresses of both IP families in one pool'
  return {
    reason: 'NoPoolOfFamily',
    message: `the Service needs ${what}, and ${spaces.length === 1 ? 'pool' : 'none of the pools'} ${namesOf(spaces)} has ${spaces.length === 1 ? 'none' : 'them'}`,
  }
}

/** `families`: those that are needed, or of which one is. */
export function exhausted(spaces: readonly PoolSpace[], families: readonly Family[]): Refusal {
  const details = spaces.map((space) => {
    const full = families.filter((family) => space.family(family).full)
    return `${quote(space.name)} has no free ${oneOf(full)} address of ${totalText(space, full)}`
  })
  const where = spaces.length === 1 ? ` in pool ${quote(spaces[0]?.name)}` : ''
  return { reason: 'PoolExhausted', message: `no available IPs${where}: pool ${few(details)}` }
}

function totalText(space: PoolSpace, families: readonly Family[]): string {
  return families.map((family) => `${space.family(family).total}`).join(' and ')
}

function namesOf(spaces: readonly PoolSpace[]): string {
  return few(spaces.map(({ name }) => quote(name)))
}

function poolText(pool: Pool): string {
  const ranges = few(pool.ranges.map(({ text }) => text))
  return `${quote(pool.name)} (${ranges}${pool.avoidBuggyIPs ? ', without .0 and .255' : ''})`
}
