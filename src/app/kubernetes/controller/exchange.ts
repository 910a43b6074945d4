/* Services that are to have each other's addresses: none can be granted its own before another one has let go. */
import type { Address } from '#core/model/address.ts'
import type { Assignment } from '#core/model/decisions.ts'
import { nameOf } from '#core/model/objects.ts'

import type { ClaimIndex } from './claims.ts'

export interface Decided {
  of(service: string): Assignment | undefined
  holdersOf(address: Address): ReadonlySet<string>
}

/** Services that hold what `service` is to have, and are to have something else. */
export function inTheWayOf(
  service: string,
  claims: Pick<ClaimIndex, 'of'>,
  decided: Decided,
): readonly string[] {
  return (decided.of(service)?.addresses ?? []).flatMap((address) => {
    const holders = claims.of(address)?.spec.services ?? []
    const having = decided.holdersOf(address)
    return holders.map((holder) => nameOf({ metadata: holder })).filter((holder) => !having.has(holder))
  })
}

/** A way from `start` back to it, without its end; undefined: there is none. */
export function circleOf(
  start: string,
  next: (name: string) => readonly string[],
): readonly string[] | undefined {
  const seen = new Set<string>()
  const from = (name: string): readonly string[] | undefined => {
    for (const other of next(name)) {
      if (other === start) return [name]
      if (seen.has(other)) continue
      seen.add(other)
      const rest = from(other)
      if (rest !== undefined) return [name, ...rest]
    }
    return undefined
  }
  return from(start)
}
