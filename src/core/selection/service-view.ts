/* A Service as the announcement half sees it: its addresses, its labels, where it can be served. */
import type { EndpointView } from './endpoint-view.ts'
import type { Address } from '../model/address.ts'
import type { Assignment } from '../model/decisions.ts'
import type { ServiceObject } from '../model/objects.ts'
import type { LabelMap } from '../model/selector.ts'

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
  readonly endpoints: EndpointView
}

const sharingAnnotations = ['metallb.io/allow-shared-ip', 'metallb.universe.tf/allow-shared-ip']

export function serviceView(
  service: ServiceObject,
  assignment: Assignment,
  endpoints: EndpointView,
): ServiceView {
  const { labels = {}, annotations = {} } = service.metadata
  return {
    name: assignment.service,
    labels,
    local: service.spec.externalTrafficPolicy === 'Local',
    shares: sharingAnnotations.some((key) => Object.hasOwn(annotations, key)),
    ...(assignment.pool === undefined ? {} : { pool: assignment.pool }),
    addresses: assignment.addresses,
    endpoints,
  }
}
