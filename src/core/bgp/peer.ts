/* A BGPPeer's spec as typed values, for every BGP backend. */
import type { Resource } from '../announcer.ts'
import { familyOf, parseAddress, type Address } from '../model/address.ts'
import { milliseconds, seconds, type Duration } from '../model/duration.ts'
import { parseGoDuration } from '../model/go-duration.ts'
import type { Json } from '../model/json.ts'
import { ownField, ownPeerFields, type OwnPeerFields } from './own-fields.ts'

export interface BgpPeer {
  readonly name: string
  /** The AS we claim on this session: `localASN`, else `myASN`. */
  readonly localAs: number
  /** The AS expected of the peer; `internal`: ours, `external`: any other. */
  readonly remoteAs: number | 'internal' | 'external'
  readonly address: Address
  /** The peer is the router of this link (unnumbered); `address` is `unknownOnLink` until it is found. */
  readonly interface?: string
  readonly port: number
  /** Absent = the kernel chooses. */
  readonly sourceAddress?: Address
  /** Absent = the backend's default; zero = neither keepalives nor a hold timer. */
  readonly holdTime?: Duration
  readonly keepaliveTime?: Duration
  /** Longest wait between two attempts to connect. */
  readonly connectTime?: Duration
  /** An IPv4 address; absent = the backend chooses. */
  readonly routerId?: Address
  /** The Secret whose key `password` signs the TCP segments (RFC 2385, or RFC 5925 with `own.tcpAo`). */
  readonly passwordSecret?: { readonly name: string; readonly namespace?: string }
  readonly ebgpMultiHop: boolean
  /** The peer may keep our routes while we restart (RFC 4724). */
  readonly gracefulRestart: boolean
  /** Only routes of the session's own family. */
  readonly disableMp: boolean
  /** What the CRD has no field for, by annotations. */
  readonly own: OwnPeerFields
}

/** A spec that makes no session: `field` below `spec`, and what is wrong with it. */
export interface PeerFault {
  readonly field: string
  readonly message: string
}

type Spec = Resource['spec']

/** Stands for the link-local address that the router of a link will turn out to have. */
export const unknownOnLink = 'fe80::' as Address
/** What Linux and the daemons take; anything else could end a command it is put into. */
const interfaceName = /^[\w.@-]{1,15}$/

/** The peer a resource describes, or the first fault found in it. */
export function readPeer({ name, spec }: Resource): BgpPeer | PeerFault {
  const badLink = linkNameFault(spec, 'interface')
  if (badLink !== undefined) return badLink
  const link = typeof spec.interface === 'string' && spec.interface !== '' ? spec.interface : undefined
  const address = link === undefined ? addressAt(spec, 'peerAddress') : unknownOnLink
  if (address === undefined) {
    return { field: 'peerAddress', message: `found ${show(spec.peerAddress)}, allowed an IP address` }
  }
  const fault = faultIn(spec, address)
  if (fault !== undefined) return fault
  const { peerASN, dynamicASN, localASN, myASN } = spec
  const secret = readSecret(spec.passwordSecret)
  return {
    name,
    localAs: Number(localASN ?? myASN),
    remoteAs: dynamicASN === 'internal' || dynamicASN === 'external' ? dynamicASN : Number(peerASN),
    address,
    ...optional('interface', link),
    port: typeof spec.peerPort === 'number' ? spec.peerPort : 179,
    ...optional('sourceAddress', addressAt(spec, 'sourceAddress')),
    ...timersOf(spec),
    ...optional('routerId', addressAt(spec, 'routerID')),
    ...optional('passwordSecret', secret),
    ebgpMultiHop: spec.ebgpMultiHop === true,
    gracefulRestart: spec.enableGracefulRestart === true,
    // Who asks for both families by name gets them.
    disableMp: spec.disableMP === true && spec.dualStackAddressFamily !== true,
    own: ownPeerFields(spec[ownField]),
  }
}

export function isPeerFault(value: BgpPeer | PeerFault): value is PeerFault {
  return 'field' in value
}

/** The name of an interface or a VRF is none. */
export function linkNameFault(spec: Spec, field: string): PeerFault | undefined {
  const value = spec[field]
  if (!isSet(value) || (typeof value === 'string' && interfaceName.test(value))) return undefined
  return { field, message: `found ${show(value)}, allowed the name of an interface` }
}

function asnFault(spec: Spec): PeerFault | undefined {
  const { myASN, peerASN, dynamicASN } = spec
  if (!isAsn(myASN)) return { field: 'myASN', message: `found ${show(myASN)}, allowed 1 to 4294967295` }
  if (dynamicASN === undefined && !isAsn(peerASN)) {
    return { field: 'peerASN', message: `found ${show(peerASN)}, allowed 1 to 4294967295` }
  }
  return undefined
}

function addressFault(spec: Spec, remote: Address): PeerFault | undefined {
  const source = addressAt(spec, 'sourceAddress')
  if (isSet(spec.sourceAddress) && (source === undefined || familyOf(source) !== familyOf(remote))) {
    const message = `found ${show(spec.sourceAddress)}, allowed an ${familyOf(remote)} address like the peer's`
    return { field: 'sourceAddress', message }
  }
  const id = addressAt(spec, 'routerID')
  if (isSet(spec.routerID) && (id === undefined || familyOf(id) !== 'IPv4' || id === '0.0.0.0')) {
    return { field: 'routerID', message: `found ${show(spec.routerID)}, allowed an IPv4 address but 0.0.0.0` }
  }
  return undefined
}

function timerFault(spec: Spec): PeerFault | undefined {
  for (const field of ['holdTime', 'keepaliveTime', 'connectTime']) {
    const span = durationAt(spec, field)
    if (isSet(spec[field]) && (span === undefined || span < 0)) {
      return { field, message: `found ${show(spec[field])}, allowed a duration such as 90s` }
    }
  }
  const { holdTime } = timersOf(spec)
  if (holdTime !== undefined && holdTime !== 0 && (holdTime < 3000 || holdTime > 65_535_000)) {
    return { field: 'holdTime', message: `found ${holdTime / 1000} s, allowed 0 or 3 to 65535 s` }
  }
  return undefined
}

/** One of hold and keepalive time implies the other; whole seconds, as the OPEN message carries them. */
function timersOf(spec: Spec): Pick<BgpPeer, 'holdTime' | 'keepaliveTime' | 'connectTime'> {
  const keepalive = durationAt(spec, 'keepaliveTime')
  const hold = durationAt(spec, 'holdTime') ?? (keepalive && milliseconds(3 * keepalive))
  return {
    ...optional('holdTime', hold === undefined ? undefined : seconds(Math.trunc(hold / 1000))),
    ...optional('keepaliveTime', keepalive),
    ...optional('connectTime', durationAt(spec, 'connectTime')),
  }
}

function faultIn(spec: Spec, address: Address): PeerFault | undefined {
  return asnFault(spec) ?? addressFault(spec, address) ?? timerFault(spec) ?? signatureFault(spec)
}

/** A session that was to be signed never runs without. */
function signatureFault(spec: Spec): PeerFault | undefined {
  const { tcpAo } = ownPeerFields(spec[ownField])
  if (tcpAo === undefined || readSecret(spec.passwordSecret) !== undefined) return undefined
  const message = `found "${tcpAo}" and no passwordSecret, allowed: both, for the password is the master key`
  return { field: `${ownField}.tcpAo`, message }
}

function readSecret(value: Json | undefined): BgpPeer['passwordSecret'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { name, namespace } = value as { readonly [key: string]: Json }
  if (typeof name !== 'string' || name === '') return undefined
  return { name, ...(typeof namespace === 'string' ? { namespace } : {}) }
}

function addressAt(spec: Spec, field: string): Address | undefined {
  const value = spec[field]
  return typeof value === 'string' ? parseAddress(value) : undefined
}

function durationAt(spec: Spec, field: string): Duration | undefined {
  const value = spec[field]
  return typeof value === 'string' ? parseGoDuration(value) : undefined
}

function isAsn(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffffffff
}

function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== ''
}

function show(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}
