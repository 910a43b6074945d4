/* `serviceAllocation`: which pools may give a Service addresses, and which do so unasked. */
import type { Pool } from '../model/config.ts'
import type { ServiceObject } from '../model/objects.ts'
import { selects } from '../model/selector.ts'

/**
 * Whether the pool may serve the Service, also when it is asked for. A list of namespaces that is empty, because
 * its selectors match no namespace at present, restricts nothing.
 */
export function admits(pool: Pool, service: ServiceObject): boolean {
  return admitsNamespace(pool, service) && admitsLabels(pool, service)
}

export function admitsNamespace({ pin }: Pool, service: ServiceObject): boolean {
  const { namespaces = [] } = pin ?? {}
  return namespaces.length === 0 || namespaces.includes(service.metadata.namespace ?? 'default')
}

export function admitsLabels({ pin }: Pool, service: ServiceObject): boolean {
  const { serviceSelectors = [] } = pin ?? {}
  const labels = service.metadata.labels ?? {}
  return serviceSelectors.length === 0 || serviceSelectors.some((selector) => selects(selector, labels))
}

/** Whether a pinned pool serves the Service unasked: one of its constraints has to match, or there is none. */
export function isPinnedTo(pool: Pool, service: ServiceObject): boolean {
  const { namespaces, serviceSelectors = [] } = pool.pin ?? {}
  if (!admits(pool, service)) return false
  if (namespaces === undefined || serviceSelectors.length > 0) return true
  return namespaces.length > 0
}

/** Lower priorities first, 0 last, equal ones by name. */
export function comparePinned(a: Pool, b: Pool): number {
  const difference = rankOf(a) - rankOf(b)
  if (difference !== 0 && !Number.isNaN(difference)) return difference
  return a.name < b.name ? -1 : 1
}

function rankOf({ pin }: Pool): number {
  return pin === undefined || pin.priority === 0 ? Infinity : pin.priority
}
