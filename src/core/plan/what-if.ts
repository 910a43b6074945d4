/* The facts of a "what if": what is there now, with something taken away, dead, or replaced. */
import type { Decisions } from '../model/decisions.ts'
import type { Facts, Holder } from '../model/facts.ts'
import { nameOf, type ServiceObject } from '../model/objects.ts'

/**
 * `after` as it would come to pass in a cluster where `before` is in force: Services keep the addresses they were
 * given, and nodes the addresses they hold.
 */
export function following(after: Facts, before: Decisions): Facts {
  const held = new Map(before.assignments.map(({ service, addresses }) => [service, addresses]))
  const services = after.services.map((service) => withStatus(service, held.get(nameOf(service)) ?? []))
  return { ...after, services, holders: holdersOf(before) }
}

function withStatus(service: ServiceObject, addresses: readonly string[]): ServiceObject {
  if (addresses.length === 0) return service
  return { ...service, status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } } }
}

/** Who holds what according to decisions: the holders of the decisions that follow. */
export function holdersOf({ elections }: Pick<Decisions, 'elections'>): Holder[] {
  return elections.flatMap(({ announcer, address, winner }) =>
    winner === undefined ? [] : [{ announcer, address, node: winner }],
  )
}
