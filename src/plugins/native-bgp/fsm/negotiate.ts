/* What the two OPENs settle between them. */
import type { Address, Family } from '#core/model/address.ts'

import type { Failure } from '../errors.ts'
import type { Capability } from '../wire/capabilities.ts'
import {
  afi,
  asTrans,
  errorCode,
  forwardingPreserved,
  maxExtendedLength,
  maxLength,
  openError,
  restartFlag,
  roleValue,
  safi,
} from '../wire/iana.ts'
import { unicastFamily } from '../wire/mp-nlri.ts'
import { notification, type Notification } from '../wire/notification.ts'
import type { Open } from '../wire/open.ts'

export type Role = keyof typeof roleValue

/** Our side of a session. */
export interface LocalSide {
  readonly as: number
  readonly remoteAs: number | 'internal' | 'external'
  readonly identifier: Address
  /** Seconds; 0 = neither keepalives nor a hold timer. */
  readonly holdTime: number
  /** Seconds; absent = a third of the hold time. */
  readonly keepaliveTime?: number
  /** Families offered; absent = both. */
  readonly families?: readonly Family[]
  /** What we are to the peer; only between ASes. */
  readonly role?: Role
  /** Our routes are good without us for `time` seconds; absent = not at all. `restarted`: we come from a restart. */
  readonly restart?: { readonly time: number; readonly restarted: boolean }
}

export interface Negotiated {
  readonly localAs: number
  readonly remoteAs: number
  readonly localIdentifier: Address
  readonly remoteIdentifier: Address
  /** iBGP: both sides are one AS. */
  readonly internal: boolean
  readonly fourOctetAs: boolean
  /** Seconds; 0 = none. */
  readonly holdTime: number
  readonly keepaliveTime: number
  /** Families whose routes may be sent. */
  readonly families: readonly Family[]
  /** IPv4 routes may have an IPv6 next hop (RFC 8950). */
  readonly extendedNextHop: boolean
  readonly maxLength: number
  /** An answer to a route refresh says where it begins and ends (RFC 7313). */
  readonly enhancedRefresh: boolean
  readonly role?: Role
  /** The peer may restart and expects to take over its session (RFC 4724). */
  readonly peerRestarts: boolean
  /** The peer keeps our routes after a NOTIFICATION other than a Hard Reset (RFC 8538). */
  readonly keepsAfterNotification: boolean
}

export interface Refusal {
  readonly notification: Notification
  readonly failure: Failure
}

const bothFamilies: readonly Family[] = ['IPv4', 'IPv6']

const ourCapabilities: readonly Capability[] = [
  { kind: 'routeRefresh' },
  { kind: 'extendedNextHop', entries: [{ afi: afi.IPv4, safi: safi.unicast, nextHopAfi: afi.IPv6 }] },
  { kind: 'extendedMessage' },
  { kind: 'enhancedRouteRefresh' },
]

export function openFor(local: LocalSide): Open {
  const { as, holdTime, identifier, role, families = bothFamilies } = local
  const capabilities: Capability[] = [
    ...families.map(multiprotocol),
    ...ourCapabilities,
    ...(role === undefined || within(local) ? [] : [{ kind: 'role', role: roleValue[role] } as const]),
    restartCapability(local),
    { kind: 'fourOctetAs', as },
  ]
  return { as: as > 0xffff ? asTrans : as, holdTime, identifier, parameters: [capabilities] }
}

function multiprotocol(family: Family): Capability {
  return { kind: 'multiprotocol', afi: afi[family], reserved: 0, safi: safi.unicast }
}

/** Without families it says that we help others with their restarts (RFC 4724 §3). */
function restartCapability({ restart, families = bothFamilies }: LocalSide): Capability {
  if (restart === undefined) {
    return { kind: 'gracefulRestart', flagsAndTime: restartFlag.notification, families: [] }
  }
  const restarted = restart.restarted ? restartFlag.restarted : 0
  return {
    kind: 'gracefulRestart',
    flagsAndTime: restarted | restartFlag.notification | Math.min(restart.time, restartFlag.time),
    // Addresses of Services are forwarded by the kernel, with or without us.
    families: families.map((one) => ({ afi: afi[one], safi: safi.unicast, flags: forwardingPreserved })),
  }
}

function within({ as, remoteAs }: LocalSide): boolean {
  return remoteAs === 'internal' || remoteAs === as
}

/** RFC 4271 §6.2: the OPEN is acceptable, or which NOTIFICATION answers it. */
export function negotiate(local: LocalSide, open: Open): Negotiated | Refusal {
  const capabilities = open.parameters.flat()
  const fourOctet = capabilities.find((one) => one.kind === 'fourOctetAs')
  const remoteAs = fourOctet?.as ?? open.as
  const internal = remoteAs === local.as
  const refusal = refuse(local, open, remoteAs)
  if (refusal !== undefined) return refusal
  const holdTime = Math.min(local.holdTime, open.holdTime)
  return {
    localAs: local.as,
    remoteAs,
    localIdentifier: local.identifier,
    remoteIdentifier: open.identifier,
    internal,
    fourOctetAs: fourOctet !== undefined,
    holdTime,
    // RFC 4271 §4.4: a third of the hold time at most.
    keepaliveTime: Math.min(local.keepaliveTime ?? Infinity, holdTime / 3),
    families: familiesOf(capabilities).filter((one) => (local.families ?? bothFamilies).includes(one)),
    extendedNextHop: capabilities.some(allowsIPv6NextHops),
    maxLength: capabilities.some(({ kind }) => kind === 'extendedMessage') ? maxExtendedLength : maxLength,
    enhancedRefresh: capabilities.some(({ kind }) => kind === 'enhancedRouteRefresh'),
    ...(local.role === undefined || internal ? {} : { role: local.role }),
    ...restartTerms(local, capabilities),
  }
}

function restartTerms(
  { restart }: LocalSide,
  capabilities: readonly Capability[],
): Pick<Negotiated, 'peerRestarts' | 'keepsAfterNotification'> {
  const theirs = capabilities.findLast((one) => one.kind === 'gracefulRestart')
  const notified = ((theirs?.flagsAndTime ?? 0) & restartFlag.notification) !== 0
  return {
    peerRestarts: (theirs?.families.length ?? 0) > 0,
    keepsAfterNotification: restart !== undefined && notified,
  }
}

export function isRefusal(value: Negotiated | Refusal): value is Refusal {
  return 'failure' in value
}

function refuse(local: LocalSide, open: Open, remoteAs: number): Refusal | undefined {
  if (!expects(local, remoteAs)) {
    const expected =
      typeof local.remoteAs === 'number' ? String(local.remoteAs) : `${local.remoteAs} to ${local.as}`
    return {
      notification: notification(errorCode.open, openError.badPeerAs),
      failure: { reason: 'WrongPeerAS', found: remoteAs, expected },
    }
  }
  if (open.holdTime === 1 || open.holdTime === 2) {
    return sent(notification(errorCode.open, openError.badHoldTime), `hold time ${open.holdTime} s`)
  }
  // RFC 6286 §2.1: any identifier but 0, and within one AS another than ours.
  const same = remoteAs === local.as && open.identifier === local.identifier
  if (open.identifier === '0.0.0.0' || same) {
    const detail = `identifier ${open.identifier}${same ? ', which is ours' : ''}`
    return sent(notification(errorCode.open, openError.badIdentifier), detail)
  }
  return refuseRole(local, remoteAs, open.parameters.flat())
}

/** Who may be what to whom (RFC 9234 §4.2, table 2). */
const counterparts: Readonly<Record<Role, Role>> = {
  provider: 'customer',
  customer: 'provider',
  rs: 'rs-client',
  'rs-client': 'rs',
  peer: 'peer',
}

/** RFC 9234 §4.2: a peer that names no role is taken as it is. */
function refuseRole(
  { role, as }: LocalSide,
  remoteAs: number,
  capabilities: readonly Capability[],
): Refusal | undefined {
  if (role === undefined || remoteAs === as) return undefined
  const theirs = capabilities.flatMap((one) => (one.kind === 'role' ? [one.role] : []))
  const wanted = counterparts[role]
  const found = theirs.find((one) => one !== roleValue[wanted])
  if (found === undefined) return undefined
  const [name = `role ${found}`] = Object.entries(roleValue).find(([, value]) => value === found) ?? []
  const detail = `it calls itself our ${name}, expected ${wanted}`
  return sent(notification(errorCode.open, openError.roleMismatch), detail)
}

/** RFC 7607 §2: AS 0 is nobody's. */
function expects({ as, remoteAs }: LocalSide, found: number): boolean {
  if (found === 0) return false
  if (remoteAs === 'internal') return found === as
  if (remoteAs === 'external') return found !== as
  return found === remoteAs
}

function sent(value: Notification, detail: string): Refusal {
  return { notification: value, failure: { reason: 'NotificationSent', notification: value, detail } }
}

/** RFC 4760 §8: without the capability a peer speaks IPv4 unicast alone. */
function familiesOf(capabilities: readonly Capability[]): Family[] {
  const announced = capabilities.filter((one) => one.kind === 'multiprotocol')
  if (announced.length === 0) return ['IPv4']
  const families = announced.map((one) => unicastFamily(one.afi, one.safi))
  return (['IPv4', 'IPv6'] as const).filter((family) => families.includes(family))
}

function allowsIPv6NextHops(capability: Capability): boolean {
  return (
    capability.kind === 'extendedNextHop' &&
    capability.entries.some(
      (entry) => entry.afi === afi.IPv4 && entry.safi === safi.unicast && entry.nextHopAfi === afi.IPv6,
    )
  )
}
