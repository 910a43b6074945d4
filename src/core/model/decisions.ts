/*
 * What was decided and why. Every entry carries a reason code from core/reasons.ts; the plan document, `explain`,
 * events, conditions and the status page are all views of these values.
 */
import type { Address, Family } from './address.ts'
import { compareText } from './collections.ts'
import { comparePaths } from './field-path.ts'
import type { Json } from './json.ts'
import type { ReasonCode } from '../reasons.ts'

/** One fault of the input. */
export interface Problem {
  /** `Kind namespace/name`. */
  readonly object: string
  /** JSON path below the object, `spec.addresses[0]`; empty for the object as a whole. */
  readonly field: string
  readonly reason: ReasonCode
  /** What was found and what is allowed. */
  readonly message: string
}

/** By object, field, reason. */
export function compareProblems(a: Problem, b: Problem): number {
  return (
    compareText(a.object, b.object) ||
    comparePaths(a.field, b.field) ||
    compareText(a.reason, b.reason) ||
    compareText(a.message, b.message)
  )
}

/** The allocation half: one entry per Service of type LoadBalancer that is ours. */
export interface Assignment {
  /** `namespace/name`. */
  readonly service: string
  /** Absent when it has no address. */
  readonly pool?: string
  /** In the order of `status.loadBalancer.ingress`; empty when none. */
  readonly addresses: readonly Address[]
  readonly reason: ReasonCode
  readonly message: string
}

/** One advertisement carried out for one address. */
export interface Announcement {
  readonly service: string
  readonly address: Address
  readonly announcer: string
  /** `Kind namespace/name`. */
  readonly advertisement: string
  /** One-node placement: the winner. Every-node placement: all that announce. Sorted. */
  readonly nodes: readonly string[]
  readonly options: Readonly<Record<string, Json>>
  /** BGPPeer names on every node listed. */
  readonly peers?: readonly string[]
}

/** One-node placement: who won an address, and why. */
export interface Election {
  readonly service: string
  /** The Service's first address: the one that is hashed. */
  readonly address: Address
  readonly announcer: string
  readonly winner?: string
  /** All that might have won it, in their order; where it was asked for. */
  readonly ranking?: readonly RankedNode[]
  readonly reason: ReasonCode
  readonly message: string
}

export interface RankedNode {
  readonly node: string
  readonly ready: boolean
  readonly hostsEndpoint: boolean
  readonly score: number
  /** The first 13 digits of lower-case hexadecimal sha256(`node#address`). */
  readonly hash: string
}

/** A node that does not announce a Service, and why. */
export interface Silence {
  readonly service: string
  readonly node: string
  readonly announcer?: string
  readonly reason: ReasonCode
  readonly message: string
}

/** A Service with an address that nobody announces, and the cause that is closest to success. */
export interface Unannounced {
  readonly service: string
  readonly reason: ReasonCode
  readonly message: string
}

export interface PoolUsage {
  readonly pool: string
  readonly totalIPv4: bigint
  readonly totalIPv6: bigint
  /** Distinct addresses in use. */
  readonly usedIPv4: number
  readonly usedIPv6: number
  /** Addresses in quarantine that nobody holds; absent = none. */
  readonly quarantined?: Readonly<Record<Family, number>>
}

export interface Decisions {
  /** What was taken for granted because the input lacks it; sentences, sorted. */
  readonly assumptions: readonly string[]
  /** Sorted by object, field, reason. */
  readonly problems: readonly Problem[]
  /** Sorted by service. */
  readonly assignments: readonly Assignment[]
  /** Sorted by service, address, announcer, advertisement. */
  readonly announcements: readonly Announcement[]
  readonly elections: readonly Election[]
  /** Sorted by service, node. */
  readonly silences: readonly Silence[]
  /** Sorted by service. */
  readonly unannounced: readonly Unannounced[]
  readonly pools: readonly PoolUsage[]
}
