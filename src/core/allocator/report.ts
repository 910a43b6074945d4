/* What leaves the allocator: the assignment of one Service, with the reason in a sentence. */
import { sameAddresses } from './status.ts'
import type { Refusal } from './refusal.ts'
import { currentOf, type Tenant } from './tenant.ts'
import type { Address } from '../model/address.ts'
import type { Assignment } from '../model/decisions.ts'

/** Stands where a Service is looked at before the allocator has come to it. */
const undecided: Refusal = { reason: 'PoolExhausted', message: 'not decided yet' }

export function assignmentOf(tenant: Tenant): Assignment {
  const { doubt, held, name, refusal, wish } = tenant
  // Without pools, or while faults hide their addresses, nobody can tell a foreign address from one of ours.
  if (refusal?.reason === 'NoPools') return { service: name, addresses: wish.status, ...refusal }
  if (doubt !== undefined) return { service: name, addresses: currentOf(tenant), ...doubt }
  const { reason, message: verdict } = verdictOf(tenant)
  const message = verdict + lossText(tenant, verdict)
  if (held === undefined) return { service: name, addresses: [], reason, message }
  return { service: name, pool: held.space.name, addresses: held.addresses, reason, message }
}

export function sameAssignment(a: Assignment, b: Assignment): boolean {
  return (
    a.pool === b.pool &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.addresses.join() === b.addresses.join()
  )
}

function verdictOf(tenant: Tenant): Refusal {
  const { group, held, refusal } = tenant
  const lack = refusal ?? group?.refusal
  if (held === undefined) return lack ?? undecided
  const text = `${held.addresses.join(' and ')} from ${held.space.label}`
  if (refusal !== undefined) return { ...refusal, message: `${refusal.message}; keeps ${text} meanwhile` }
  const { reason, message } = heldVerdict(tenant, held.addresses, text)
  return { reason, message: lack === undefined ? message : `${message}; ${lack.message}` }
}

function heldVerdict({ joined, wish }: Tenant, addresses: readonly Address[], text: string): Refusal {
  if (sameAddresses(addresses, wish.status)) {
    return { reason: 'Unchanged', message: `keeps ${text}` }
  }
  if (joined === undefined) return { reason: 'Assigned', message: `gets ${text}` }
  return { reason: 'Shared', message: `gets ${text}, shared with ${joined}` }
}

/** Mentions addresses only while the status lists them: afterwards it is history. */
function lossText({ held, losses, wish }: Tenant, message: string): string {
  if (losses === undefined) return ''
  const byCause = new Map<string, Address[]>()
  for (const address of wish.status) {
    const why = losses.get(address)
    if (why === undefined || held?.addresses.includes(address) === true) continue
    byCause.set(why, [...(byCause.get(why) ?? []), address])
  }
  return [...byCause]
    .map(([why, lost]) => `; gives up ${lost.join(' and ')}${why === message ? '' : `: ${why}`}`)
    .join('')
}
