/* What a speaker writes down of one Service that it announces: a ServiceL2Status or a ServiceBGPStatus. */
import type { RawObject } from './client.ts'

export interface WrittenAnnouncement {
  /** Absent, as the Service, from one that is made and whose status is not written yet. */
  readonly node?: string
  /** `namespace/name`. */
  readonly service?: string
  /** Interfaces, or BGPPeers; empty: all interfaces. */
  readonly via: readonly string[]
  /** RFC 3339. */
  readonly since?: string
}

interface Status {
  readonly node?: string
  readonly serviceName?: string
  readonly serviceNamespace?: string
  readonly interfaces?: readonly { readonly name: string }[]
  readonly peers?: readonly string[]
}

export function announcementIn(raw: RawObject): WrittenAnnouncement {
  const { creationTimestamp: since } = raw.metadata
  const { node, serviceName, serviceNamespace, interfaces = [], peers } = (raw['status'] ?? {}) as Status
  return {
    ...(node === undefined ? {} : { node }),
    ...(serviceName === undefined ? {} : { service: `${serviceNamespace}/${serviceName}` }),
    via: peers ?? interfaces.map(({ name }) => name),
    ...(since === undefined ? {} : { since }),
  }
}
