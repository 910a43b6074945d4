/* The refusals that concern pools, as sentences. */
import { admitsNamespace } from './pins.ts'
import type { PoolBook } from './pool-book.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Refusal } from './refusal.ts'
import type { Address, Family } from '../model/address.ts'
import type { Pool } from '../model/config.ts'
import type { ServiceObject } from '../model/objects.ts'
import { few, quote } from '../model/wording.ts'

export function noPools(): Refusal {
  return { reason: 'NoPools', message: 'no pool is configured; the status of the Service is left as it is' }
}

export function unknownPool(name: string, book: PoolBook): Refusal {
  return { reason: 'UnknownPool', message: `unknown pool ${quote(name)}; pools: ${namesOf(book.spaces)}` }
}

/** For addresses that do not lie in one pool together. */
export function notInPool(addresses: readonly Address[], book: PoolBook): Refusal {
  const owners = addresses.map((address) => ({ address, space: book.ownerOf([address]) }))
  const homeless = owners.find(({ space }) => space === undefined)
  if (homeless === undefined) return { reason: 'AddressNotInPool', message: inSeveralPools(owners) }
  const { address } = homeless
  return maybeInPool(address, book) ?? avoided(address, book) ?? inNoPool(address, book)
}

/** For an address among the ranges of a pool that does not give it out. */
function avoided(address: Address, book: PoolBook): Refusal | undefined {
  const space = book.poolAround(address)
  if (space === undefined) return undefined
  const message = `${quote(address)} is not allowed in config: ${space.label} has avoidBuggyIPs and gives out no .0 and .255`
  return { reason: 'AddressNotInPool', message }
}

/** While a fault hides addresses of a pool, nobody can say that an address lies in none. */
function maybeInPool(address: Address, book: PoolBook): Refusal | undefined {
  const { incomplete } = book
  if (incomplete === undefined) return undefined
  const message = `${quote(address)} lies in no other pool, and faults hide addresses of ${incomplete.label}, which may have it`
  return { reason: 'PoolFaulty', message }
}

function inNoPool(address: Address, book: PoolBook): Refusal {
  const pools = few(book.spaces.map(({ pool }) => poolText(pool)))
  const message = `${quote(address)} is not allowed in config: it lies in no pool; pools: ${pools}`
  return { reason: 'AddressNotInPool', message }
}

interface Owned {
  readonly address: Address
  readonly space: PoolSpace | undefined
}

function inSeveralPools(owners: readonly Owned[]): string {
  const list = owners.map(({ address }) => address).join(' and ')
  const places = owners.map(({ address, space }) => `${address} lies in ${space?.label}`).join(' and ')
  return `${list} is not allowed in config: ${places}; the addresses of a Service come from one pool`
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
  const reasons = book.spaces.map(
    ({ label, pool }) =>
      `${label} ${pool.autoAssign ? 'is pinned to others by serviceAllocation' : 'has autoAssign false'}`,
  )
  return {
    reason: 'NoPoolForService',
    message: `no pool gives addresses to this Service unasked: ${few(reasons)}`,
  }
}

/** Whatever is free, these pools cannot satisfy the Service. */
export function noPoolOfFamily(spaces: readonly PoolSpace[], families: readonly Family[]): Refusal {
  const what = families.map((family) => `an ${family}`).join(' and ')
  const together = families.length > 1 ? ' from one pool' : ''
  const where = few(spaces.map(({ label }) => label))
  return {
    reason: 'NoPoolOfFamily',
    message: `no available IPs: the Service needs ${what} address${together}, and ${where} ${spaces.length === 1 ? 'has' : 'have'} none`,
  }
}

/** Each of the pools lacks a free address of at least one of the families. */
export function exhausted(spaces: readonly PoolSpace[], families: readonly Family[]): Refusal {
  const details = spaces.map((space) => {
    const lacking = families
      .map((family) => ({ family, half: space.family(family) }))
      .filter(({ half }) => half.full)
    const texts = lacking.map(({ family, half }) => {
      const kept = half.quarantined > 0 ? ` (in quarantine: ${half.quarantined})` : ''
      return `no ${family} address of ${half.total} is free${kept}`
    })
    return { label: space.label, text: texts.join(', ') }
  })
  const [first, ...others] = details
  const message =
    others.length === 0
      ? `no available IPs in ${first?.label}: ${first?.text}`
      : `no available IPs: ${few(details.map(({ label, text }) => `${label}: ${text}`))}`
  return { reason: 'PoolExhausted', message }
}

function namesOf(spaces: readonly PoolSpace[]): string {
  return few(spaces.map(({ name }) => quote(name)))
}

function poolText(pool: Pool): string {
  const ranges = few(pool.ranges.map(({ text }) => text))
  return `${quote(pool.name)} (${ranges}${pool.avoidBuggyIPs ? ', without .0 and .255' : ''})`
}
