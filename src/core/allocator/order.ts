/* Who comes first: the Service that was created first, then the first by name. */
import { compareText } from '../model/collections.ts'
import type { ServiceObject } from '../model/objects.ts'

export interface Order {
  /** Kubernetes writes `2024-01-31T08:00:00Z`, always in UTC: the order of the texts is the order in time. */
  readonly created: string
  /** `namespace/name`. */
  readonly name: string
}

export function compareOrder(a: Order, b: Order): number {
  return compareText(a.created, b.created) || compareText(a.name, b.name)
}

/** Words come after digits: a Service that is not created yet comes after all that are. */
export function createdOf({ metadata: { creationTimestamp = 'never' } }: ServiceObject): string {
  return creationTimestamp
}
