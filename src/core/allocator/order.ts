/* Who comes first: the Service that was created first, then the first by name. */
import { compareText } from '../model/collections.ts'
import type { ServiceObject } from '../model/objects.ts'

export interface Order {
  /** Grows with time, to the second. Infinity for a Service that is not created yet. */
  readonly created: number
  /** `namespace/name`. */
  readonly name: string
}

export function compareOrder(a: Order, b: Order): number {
  return a.created === b.created ? compareText(a.name, b.name) : a.created - b.created
}

const zero = 0x30
const seconds = '2024-01-31T08:00:00'.length

/** Kubernetes writes `2024-01-31T08:00:00Z`, always in UTC: its digits, read as one number, are in time order. */
export function createdOf({ metadata: { creationTimestamp = '' } }: ServiceObject): number {
  let created = 0
  for (let i = 0; i < Math.min(creationTimestamp.length, seconds); i++) {
    const digit = creationTimestamp.charCodeAt(i) - zero
    if (digit >= 0 && digit <= 9) created = created * 10 + digit
  }
  return created === 0 ? Infinity : created
}
