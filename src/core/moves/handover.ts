/* What a node answers for and another one was elected to: who takes it over, and whether it can wait its turn. */
import type { Address } from '../model/address.ts'
import { compareAddresses } from '../model/address.ts'
import type { OwnDecisions } from '../incremental/own-part.ts'
import type { ReasonCode } from '../reasons.ts'
import { takingTurns } from './turns.ts'

export interface Handover {
  readonly address: Address
  /** Elected. */
  readonly to: string
  readonly manner: Manner
}

/**
 * `in-turn`: this node could go on answering, nobody is harmed by waiting. `at-once`: what it does may be of no use, and
 * is better than nothing until somebody takes over. `urgent`: it cannot go on.
 */
export type Manner = 'in-turn' | 'at-once' | 'urgent'

/** A node that is silent for any other reason has no endpoint for the address, or no network. */
const manners: Partial<Readonly<Record<ReasonCode, Manner>>> = {
  NotElected: 'in-turn',
  NodeExcluded: 'in-turn',
  NodeNotSelected: 'in-turn',
  DataPathShut: 'at-once',
}

const byUrgency: readonly Manner[] = ['in-turn', 'at-once', 'urgent']

/** `held`: what this node answers for and does not want. In the order to hand over, as in a plan. */
export function handoversOf(
  { assignments, owners, silences }: Pick<OwnDecisions, 'assignments' | 'owners' | 'silences'>,
  held: readonly Address[],
  node: string,
): Handover[] {
  if (held.length === 0) return []
  const wanted = new Set(held)
  const reasons = new Map(
    silences.map(({ service, announcer, reason }) => [`${announcer} ${service}`, reason]),
  )
  const elected = new Map<string, Pick<Handover, 'to' | 'manner'>>()
  for (const { service, announcer, winner } of owners) {
    if (winner === undefined || winner === node) continue
    const reason = reasons.get(`${announcer} ${service}`)
    elected.set(service, { to: winner, manner: (reason && manners[reason]) ?? 'urgent' })
  }
  const found = new Map<Address, Handover>()
  for (const { service, addresses } of assignments) {
    const heir = elected.get(service)
    if (heir === undefined) continue
    for (const address of addresses)
      if (wanted.has(address)) {
        const manner = moreUrgent(heir.manner, found.get(address)?.manner ?? 'in-turn')
        found.set(address, { address, to: heir.to, manner })
      }
  }
  return takingTurns([...found.values()].sort((a, b) => compareAddresses(a.address, b.address)))
}

function moreUrgent(a: Manner, b: Manner): Manner {
  return byUrgency.indexOf(a) > byUrgency.indexOf(b) ? a : b
}
