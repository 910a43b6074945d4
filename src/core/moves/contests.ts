/* Who answers for what, and what changes hands from one set of decisions to the next. */
import { compareAddresses, type Address } from '../model/address.ts'
import { compareText } from '../model/collections.ts'
import type { Decisions } from '../model/decisions.ts'

/** One address, with all that share its owner, that changes hands while both nodes are alive. */
export interface PlannedMove {
  readonly announcer: string
  /** The one that is hashed. */
  readonly address: Address
  /** All that go with it, the hashed one first. */
  readonly addresses: readonly Address[]
  /** `namespace/name`, sorted. */
  readonly services: readonly string[]
  readonly from: string
  readonly to: string
}

export interface Contested extends Omit<PlannedMove, 'from' | 'to'> {
  readonly winner: string | undefined
}

/** Services that share an address have one election between them. Sorted by address, announcer. */
export function contestsIn({
  elections,
  assignments,
}: Pick<Decisions, 'elections' | 'assignments'>): Contested[] {
  const addressesOf = new Map(assignments.map(({ service, addresses }) => [service, addresses]))
  const contests = new Map<string, Contested>()
  for (const { announcer, address, winner, service } of elections) {
    const key = keyOf({ announcer, address })
    const { services = [], addresses = [address] } = contests.get(key) ?? {}
    contests.set(key, {
      announcer,
      address,
      addresses: [...new Set([...addresses, ...(addressesOf.get(service) ?? [])])],
      services: [...services, service].sort(),
      winner,
    })
  }
  return [...contests.values()].sort(
    (a, b) => compareAddresses(a.address, b.address) || compareText(a.announcer, b.announcer),
  )
}

export function keyOf({ announcer, address }: Pick<Contested, 'announcer' | 'address'>): string {
  return `${announcer} ${address}`
}

/** What nobody had, or nobody has now, does not move. In the order of `before`. */
export function movesBetween(before: readonly Contested[], after: readonly Contested[]): PlannedMove[] {
  const later = new Map(after.map((one) => [keyOf(one), one.winner]))
  return before.flatMap((contest) => {
    const { winner: from, ...what } = contest
    const to = later.get(keyOf(contest))
    return from === undefined || to === undefined || from === to ? [] : [{ ...what, from, to }]
  })
}
