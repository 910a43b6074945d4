/* Events of Services, under the reasons that users of MetalLB know. */
import { familiesOf } from '#core/allocator/families.ts'
import { statusAddresses } from '#core/allocator/status.ts'
import { familyOf, type Address } from '#core/model/address.ts'
import type { Assignment } from '#core/model/decisions.ts'
import { nameOf } from '#core/model/objects.ts'
import type { ReasonCode } from '#core/reasons.ts'

import type { ClusterService } from '../api/projections.ts'

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** Why the Service gets no address. */
  readonly refusal?: ReasonCode
}

const refusals: Partial<Record<ReasonCode, string>> = {
  InvalidRequest: 'LoadBalancerFailed',
  ConflictingRequests: 'LoadBalancerFailed',
  NotEnoughClusterIPs: 'not enough clusterips',
  InvalidClusterIPs: 'noclusterIPsIPFamily',
}

/** What a change of the status means to whoever looks at the Service; `before` is as it was read. */
export function eventsFor(before: ClusterService, assignment: Assignment): readonly EventText[] {
  const { addresses, message, reason, pool } = assignment
  const listed = statusAddresses(before)
  const events: EventText[] = []
  const gained = addresses.filter((address) => !listed.includes(address))
  const lost = listed.filter((address) => !addresses.includes(address))
  if (lost.length > 0) {
    events.push({
      type: 'Normal',
      reason: 'ClearAssignment',
      message: `Current address ${lost.join(', ')} is given up: ${message}`,
    })
  }
  if (gained.length > 0) {
    const shared = reason === 'Shared' ? `: ${message}` : ''
    const text = `Assigned IP ["${gained.join('" "')}"] from pool ${pool}${shared}`
    events.push({ type: 'Normal', reason: 'IPAllocated', message: text })
  }
  if (gained.length > 0 || lost.length > 0) events.push(...familyEvents(before, listed, assignment))
  if (addresses.length === 0) {
    const text = `Failed to allocate IP for "${nameOf(before)}": ${message} (${reason})`
    const told = refusals[reason] ?? 'AllocationFailed'
    events.push({ type: 'Warning', reason: told, message: text, refusal: reason })
  }
  return [...events, ...deprecations(before)]
}

/** A status that nobody could have got, and a second family that there was none of. */
function familyEvents(
  service: ClusterService,
  listed: readonly Address[],
  { addresses, pool }: Assignment,
): EventText[] {
  const events: EventText[] = []
  if (listed.length > new Set(listed.map(familyOf)).size) {
    const message = `The status lists ${listed.join(', ')}; allowed: one address, or one of each family`
    events.push({ type: 'Warning', reason: 'nolbIPsIPFamily', message })
  }
  const families = familiesOf(service)
  const [only, second] = addresses
  if (only === undefined || second !== undefined || 'reason' in families || !families.eitherWillDo)
    return events
  const missing = families.all.find((family) => family !== familyOf(only))
  const message = `Failed to assign an additional IP: pool ${pool} has no ${missing} address for it; PreferDualStack makes do with ${only}`
  return [...events, { type: 'Normal', reason: 'AdditionalAssignFailed', message }]
}

const former = 'metallb.universe.tf'

function deprecations({ metadata: { annotations = {} } }: ClusterService): EventText[] {
  return Object.keys(annotations)
    .filter((name) => name.startsWith(`${former}/`))
    .map((name) => {
      const message = `Service annotation ${name} is deprecated, please use ${name.replace(former, 'metallb.io')} instead`
      return { type: 'Warning' as const, reason: 'deprecatedAnnotation', message }
    })
}
