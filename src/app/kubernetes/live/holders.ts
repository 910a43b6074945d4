/* Which node holds which address of a cluster, as its speakers write it down: what stable election keeps. */
import { statusAddresses } from '#core/allocator/status.ts'
import { compareText } from '#core/model/collections.ts'
import type { Holder, Settings } from '#core/model/facts.ts'
import type { ServiceObject } from '#core/model/objects.ts'

import { announcementIn } from '../api/announcement.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import { isStatus } from '../api/errors.ts'
import { resources } from '../api/resources.ts'

/** Undefined where the statuses are not served, or may not be read: then nobody can say. */
export async function readHolders(
  client: ApiClient,
  { namespace, announcers }: Settings,
  services: readonly RawObject[],
): Promise<readonly Holder[] | undefined> {
  try {
    const statuses = await client.list(resources.serviceL2Statuses, { namespace })
    const placed = announcers.filter(({ placement }) => placement === 'one-node').map(({ name }) => name)
    return holdersIn(statuses, services, placed)
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return undefined
    throw error
  }
}

/** `announcers`: those of one-node placement, as in app/node/holders.ts. Of two that answer, the one that came last. */
export function holdersIn(
  statuses: readonly RawObject[],
  services: readonly RawObject[],
  announcers: readonly string[],
): Holder[] {
  const answering = new Map<string, string>()
  const byAge = statuses.toSorted((a, b) => compareText(createdOf(a), createdOf(b)))
  for (const raw of byAge) {
    const { node, service } = announcementIn(raw)
    if (service !== undefined && node !== undefined && node !== '') answering.set(service, node)
  }
  return services.flatMap((service) => {
    const node = answering.get(`${service.metadata.namespace}/${service.metadata.name}`)
    if (node === undefined) return []
    return statusAddresses(service as unknown as ServiceObject).flatMap((address) =>
      announcers.map((announcer) => ({ announcer, address, node })),
    )
  })
}

function createdOf({ metadata }: RawObject): string {
  return metadata.creationTimestamp ?? ''
}
