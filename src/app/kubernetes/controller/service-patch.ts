/* What has to be written for a Service to say what was decided: nothing, or one patch of its status. */
import type { Address } from '#core/model/address.ts'
import { statusAddresses } from '#core/allocator/status.ts'
import type { Assignment } from '#core/model/decisions.ts'

import type { ClusterService, Condition } from '../api/projections.ts'

export const poolAnnotation = 'metallb.io/ip-allocated-from-pool'
/** Says why a Service has no address; reasons are those of docs/reasons.md. */
export const addressedCondition = 'heraldlb.io/Addressed'

export interface ServicePatch {
  readonly metadata: {
    readonly resourceVersion?: string
    readonly annotations?: Readonly<Record<string, string | null>>
  }
  readonly status: {
    readonly loadBalancer?: {
      readonly ingress: readonly { readonly ip: Address; readonly ipMode: string }[] | null
    }
    readonly conditions?: readonly Condition[]
  }
}

/** Undefined: it says so already. `now`: RFC 3339. */
export function patchFor(
  service: ClusterService,
  assignment: Assignment,
  now: string,
): ServicePatch | undefined {
  const { addresses, pool } = assignment
  const moved = addresses.join() !== statusAddresses(service).join() || hasHostname(service)
  const renamed = service.metadata.annotations?.[poolAnnotation] !== pool
  const told = conditionOf(service)
  const condition = conditionFor(assignment, told, now)
  if (!moved && !renamed && !isNews(condition, told)) return undefined
  return {
    metadata: versionOf(service, renamed ? { [poolAnnotation]: pool ?? null } : undefined),
    status: {
      ...(moved && { loadBalancer: { ingress: ingressOf(addresses) } }),
      conditions: [...otherConditions(service), condition],
    },
  }
}

function conditionFor(
  { addresses, reason, message }: Assignment,
  told: Condition | undefined,
  now: string,
): Condition {
  const status = addresses.length > 0 ? 'True' : 'False'
  return {
    type: addressedCondition,
    status,
    reason,
    // What is given up by this very write is no news after it.
    message: message.replace(/; gives up .*$/, ''),
    lastTransitionTime: told?.status === status ? told.lastTransitionTime : now,
  }
}

/** Of a Service with an address, only that it has one: adopting ten thousand of them writes nothing. */
function isNews({ status, reason, message }: Condition, told: Condition | undefined): boolean {
  if (status === 'True') return told?.status === 'False'
  return told?.status !== status || told.reason !== reason || told.message !== message
}

/** A Service that is not ours any more: what we wrote goes. `claimed`: addresses of it that were granted by us. */
export function clearingPatch(
  service: ClusterService,
  claimed: ReadonlySet<Address>,
): ServicePatch | undefined {
  const annotated = service.metadata.annotations?.[poolAnnotation] !== undefined
  const listed = statusAddresses(service).some((address) => claimed.has(address))
  const told = conditionOf(service) !== undefined
  if (!annotated && !listed && !told) return undefined
  return {
    metadata: versionOf(service, annotated ? { [poolAnnotation]: null } : undefined),
    status: {
      ...(listed && { loadBalancer: { ingress: null } }),
      ...(told && { conditions: otherConditions(service) }),
    },
  }
}

function versionOf(
  { metadata: { resourceVersion } }: ClusterService,
  annotations: Readonly<Record<string, string | null>> | undefined,
): ServicePatch['metadata'] {
  return { ...(resourceVersion !== undefined && { resourceVersion }), ...(annotations && { annotations }) }
}

function ingressOf(addresses: readonly Address[]): { ip: Address; ipMode: string }[] | null {
  return addresses.length === 0 ? null : addresses.map((ip) => ({ ip, ipMode: 'VIP' }))
}

function hasHostname({ status }: ClusterService): boolean {
  return (status?.loadBalancer?.ingress ?? []).some(({ ip }) => ip === undefined)
}

function conditionOf({ status }: ClusterService): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === addressedCondition)
}

function otherConditions({ status }: ClusterService): readonly Condition[] {
  return (status?.conditions ?? []).filter(({ type }) => type !== addressedCondition)
}
