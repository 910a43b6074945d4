/* The owner of every contest, decided from scratch. */
import { candidatesOf, contestKey, type Contest } from './contest.ts'
import type { Landscape } from './landscape.ts'
import { firstOf, type Candidate, type Order } from '../election/order.ts'
import { keeps, Loads, placeWithinBound } from '../election/stable.ts'
import type { Address } from '../model/address.ts'
import type { Facts, Holder } from '../model/facts.ts'

export interface Owner {
  /** Absent when there is no candidate. */
  readonly node?: string
  readonly reason: 'Elected' | 'AsWished' | 'KeptByHolder' | 'PlacedByLoad' | 'NoCandidate'
}

/** By contest key. */
export type Owners = ReadonlyMap<string, Owner>

const nobody: Owner = { reason: 'NoCandidate' }

export function decideOwners(
  facts: Pick<Facts, 'settings' | 'holders'>,
  landscape: Landscape,
  order: Order,
  contests: readonly Contest[],
): Owners {
  if (facts.settings.election === 'hash') {
    return new Map(contests.map((contest) => [keyOf(contest), electFirst(landscape, order, contest)]))
  }
  const holders = holdersByKey(facts.holders ?? [])
  const loads = new Loads()
  const owners = new Map<string, Owner>()
  for (const contest of contests) {
    const kept = keptOwner(landscape, contest, holders)
    if (kept === undefined) continue
    owners.set(keyOf(contest), kept)
    loads.add(kept.node)
  }
  for (const contest of contests) {
    if (owners.has(keyOf(contest))) continue
    owners.set(keyOf(contest), placed(landscape, order, contest, loads))
  }
  return owners
}

export function electFirst(landscape: Landscape, order: Order, contest: Contest): Owner {
  const first = firstOf(order, contest.address, candidatesOf(landscape, contest))
  return first === undefined ? nobody : electedOwner(first)
}

export function electedOwner({ node, wished }: Candidate): Owner {
  return { node, reason: wished ? 'AsWished' : 'Elected' }
}

/** The holder of one of the contest's addresses, where it is still lawful. */
export function keptOwner(
  landscape: Landscape,
  contest: Contest,
  holders: ReadonlyMap<string, string>,
): (Owner & { readonly node: string }) | undefined {
  const present = contest.addresses.flatMap(
    (address) => holders.get(contestKey(contest.announcer, address)) ?? [],
  )
  if (present.length === 0) return undefined
  const candidates = candidatesOf(landscape, contest)
  const node = present.find((holder) => keeps(holder, candidates))
  if (node === undefined) return undefined
  const wished = candidates.some((candidate) => candidate.node === node && candidate.wished)
  return { node, reason: wished ? 'AsWished' : 'KeptByHolder' }
}

/** Places a contest that has no holder, and counts it. */
export function placed(landscape: Landscape, order: Order, contest: Contest, loads: Loads): Owner {
  const result = placeWithinBound(order, contest.address, candidatesOf(landscape, contest), loads)
  if (result === undefined) return nobody
  const { chosen, first } = result
  loads.add(chosen.node)
  return chosen === first ? electedOwner(chosen) : { node: chosen.node, reason: 'PlacedByLoad' }
}

export function holdersByKey(holders: readonly Holder[]): Map<string, string> {
  return new Map(holders.map(({ announcer, address, node }) => [contestKey(announcer, address), node]))
}

export function keyOf(contest: { readonly announcer: string; readonly address: Address }): string {
  return contestKey(contest.announcer, contest.address)
}
