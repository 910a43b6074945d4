/* A Service as the announcement half sees it: its addresses, its labels, where it can be served. */
import type { EndpointView } from './endpoint-view.ts'
import { annotationOf } from '../allocator/annotations.ts'
import type { Address } from '../model/address.ts'
import type { Assignment } from '../model/decisions.ts'
import type { ServiceObject } from '../model/objects.ts'
import type { LabelMap } from '../model/selector.ts'
import { moveOf } from '../moves/wishes.ts'

export interface ServiceView {
  /** `namespace/name`. */
  readonly name: string
  readonly labels: LabelMap
  /** externalTrafficPolicy is Local: only nodes that host an endpoint may announce. */
  readonly local: boolean
  /** Carries the allow-shared-ip annotation, whatever its value. */
  readonly shares: boolean
  readonly pool?: string
  readonly addresses: readonly Address[]
  /** The node that a person asked for: see moves/wishes.ts. */
  readonly wish?: string
  readonly endpoints: EndpointView
}

export function serviceView(
  service: ServiceObject,
  assignment: Assignment,
  endpoints: EndpointView,
): ServiceView {
  const wish = moveOf(service.metadata)
  return {
    name: assignment.service,
    labels: service.metadata.labels ?? {},
    local: service.spec.externalTrafficPolicy === 'Local',
    shares: annotationOf(service, 'allow-shared-ip') !== undefined,
    ...(assignment.pool === undefined ? {} : { pool: assignment.pool }),
    addresses: assignment.addresses,
    ...(wish === undefined ? {} : { wish }),
    endpoints,
  }
}
