/* A Lease as `coordination.k8s.io` has it, and what to do about it: a function of what is seen and of the time. */
import { milliseconds, seconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { ObjectMeta } from '#core/model/objects.ts'

import type { RawObject } from '../api/client.ts'

export interface Lease {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

/** A killed leader is succeeded within five seconds: four of silence, and a moment to notice and to take over. */
export const leaseDuration: Duration = seconds(4)
export const renewEvery: Duration = milliseconds(1300)
/** Counted from before the renewal was sent, so that the leader stops before anybody may follow it. */
export const leaderFor: Duration = seconds(3)

export type Move = 'create' | 'take' | 'renew' | 'wait'

export interface Seen {
  /** Absent: there is none. */
  readonly lease: Lease | undefined
  /** When it was first seen as it is now; clocks of other machines are not asked. */
  readonly since: Instant
  /** When this process renewed it last; absent: it never did. */
  readonly renewed: Instant | undefined
}

export function nextMove({ lease, since: seenAt, renewed }: Seen, identity: string, now: Instant): Move {
  if (lease === undefined) return 'create'
  const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec
  if (holderIdentity === identity) {
    return renewed === undefined || since(renewed, now) >= renewEvery ? 'renew' : 'wait'
  }
  const expired = since(seenAt, now) > leaseDurationSeconds * 1000
  return holderIdentity === '' || expired ? 'take' : 'wait'
}

/** The Lease as its next holder writes it. */
export function heldBy(
  identity: string,
  place: ObjectMeta,
  before: Lease | undefined,
  wallClock: Date,
): RawObject {
  const now = microTime(wallClock)
  const renewal = before?.spec.holderIdentity === identity
  const transitions = before?.spec.leaseTransitions ?? 0
  return {
    metadata: before?.metadata ?? place,
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: leaseDuration / 1000,
      acquireTime: renewal ? (before.spec.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before === undefined || renewal ? transitions : transitions + 1,
    },
  }
}

/** Nobody's: whoever waits may take it at once. */
export function released(lease: Lease, wallClock: Date): RawObject {
  const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(wallClock) }
  return { metadata: lease.metadata, spec }
}

/** `metav1.MicroTime`. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z')
}
