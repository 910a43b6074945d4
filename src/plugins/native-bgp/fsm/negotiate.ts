/* What the two OPENs settle between them. */
import type { Address, Family } from '#core/model/address.ts'

import type { Failure } from '../errors.ts'
import type { Capability } from '../wire/capabilities.ts'
import { afi, asTrans, errorCode, maxExtendedLength, maxLength, openError, safi } from '../wire/iana.ts'
import { unicastFamily } from '../wire/mp-nlri.ts'
import { notification, type Notification } from '../wire/notification.ts'
import type { Open } from '../wire/open.ts'

/** Our side of a session. */
export interface LocalSide {
  readonly as: number
  readonly remoteAs: number | 'internal' | 'external'
  readonly identifier: Address
  /** Seconds; 0 = neither keepalives nor a hold timer. */
  readonly holdTime: number
  /** Seconds; absent = a third of the hold time. */
  readonly keepaliveTime?: number
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
}

export interface Refusal {
  readonly notification: Notification
  readonly failure: Failure
}

const ourCapabilities: readonly Capability[] = [
  { kind: 'multiprotocol', afi: afi.IPv4, reserved: 0, safi: safi.unicast },
  { kind: 'multiprotocol', afi: afi.IPv6, reserved: 0, safi: safi.unicast },
  { kind: 'routeRefresh' },
  { kind: 'extendedNextHop', entries: [{ afi: afi.IPv4, safi: safi.unicast, nextHopAfi: afi.IPv6 }] },
  { kind: 'extendedMessage' },
]

export function openFor({ as, holdTime, identifier }: LocalSide): Open {
  return {
    as: as > 0xffff ? asTrans : as,
    holdTime,
    identifier,
    parameters: [[...ourCapabilities, { kind: 'fourOctetAs', as }]],
  }
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
    families: familiesOf(capabilities),
    extendedNextHop: capabilities.some(allowsIPv6NextHops),
    maxLength: capabilities.some(({ kind }) => kind === 'extendedMessage') ? maxExtendedLength : maxLength,
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
  return undefined
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
