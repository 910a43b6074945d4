/* What a process that follows another one's allocation takes for decided: the addresses in the statuses. */
import { statusAddresses } from './allocator/current.ts'
import { notOurs } from './allocator/ours.ts'
import { PoolBook } from './allocator/pool-book.ts'
import { compareText } from './model/collections.ts'
import type { Config } from './model/config.ts'
import type { Assignment } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
import { nameOf, type ServiceObject } from './model/objects.ts'

/** One per Service that is ours, sorted by Service. Addresses that do not lie in one pool come without a pool. */
export function assignmentsFromStatus(facts: Facts, config: Config): Assignment[] {
  const book = new PoolBook(config.pools)
  return facts.services
    .filter((service) => notOurs(service, facts.settings.lbClass) === undefined)
    .map((service) => assignmentFromStatus(service, book))
    .sort((a, b) => compareText(a.service, b.service))
}

function assignmentFromStatus(object: ServiceObject, book: PoolBook): Assignment {
  const service = nameOf(object)
  const addresses = statusAddresses(object)
  if (addresses.length === 0) {
    return { service, addresses, reason: 'NoAddress', message: 'the status lists no address' }
  }
  const pool = book.ownerOf(addresses)?.name
  const listed = addresses.join(' and ')
  if (pool === undefined) {
    return {
      service,
      addresses,
      reason: 'AddressNotInPool',
      message: `${listed} of the status: not in one pool`,
    }
  }
  return { service, pool, addresses, reason: 'Unchanged', message: `the status lists ${listed} of ${pool}` }
}
