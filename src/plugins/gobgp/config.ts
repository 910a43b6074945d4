import { readDrainTime } from '#core/bgp/draining.ts'
import { parsePrefix, prefixText, type Prefix } from '#core/bgp/prefix.ts'
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'
import { familyOf, parseAddress, type Address } from '#core/model/address.ts'
import type { Duration } from '#core/model/duration.ts'

import { configError } from './errors.ts'

export interface GoBgpConfig {
  /** `unix:/path` or `host:port`. */
  readonly endpoint: string
  /** The configuration names the endpoint, so a gobgpd is meant to be there. */
  readonly expected: boolean
  /** Absent = no TLS. Paths of PEM files. */
  readonly tls?: Tls
  /** The AS number gobgpd must have, or is started with; absent = the first peer's `myASN`. */
  readonly asn?: number
  /** What gobgpd is started with; absent = the peers' `routerID`, else an address of this node. */
  readonly routerId?: Address
  /** Where a gobgpd that Herald starts BGP on listens; 0 = nowhere. */
  readonly listenPort: number
  readonly belt: SafetyBelt
  /** How long routes that are to end are announced as such before they are withdrawn (RFC 8326). */
  readonly drainTime: Duration
}

export interface Tls {
  /** Who signed gobgpd's certificate; absent = the authorities that Node trusts. */
  readonly ca?: string
  /** Our own certificate and its key, if gobgpd asks for one. */
  readonly cert?: string
  readonly key?: string
  /** The name in gobgpd's certificate, where it is not the endpoint's host. */
  readonly serverName?: string
}

type Given = Readonly<Record<string, unknown>>

const options = [
  'allowedPrefixes',
  'asn',
  'drainTime',
  'endpoint',
  'listenPort',
  'maxPrefixes',
  'routerId',
  'tls',
]
const tlsOptions = ['ca', 'cert', 'key', 'serverName'] as const

/** Throws a ConfigError. Absent input means the defaults. */
export function parseConfig(input: unknown): GoBgpConfig {
  const given = record('', input ?? {}, options)
  const { endpoint, tls, asn, routerId, listenPort, maxPrefixes, allowedPrefixes, drainTime } = given
  return {
    endpoint: endpointOf(endpoint ?? 'unix:/run/gobgp/api.sock'),
    expected: endpoint !== undefined,
    ...(tls === undefined ? {} : { tls: tlsOf(tls) }),
    ...(asn === undefined ? {} : { asn: integer('asn', asn, [1, 4_294_967_295]) }),
    ...(routerId === undefined ? {} : { routerId: routerIdOf(routerId) }),
    listenPort: integer('listenPort', listenPort ?? 179, [0, 65_535]),
    belt: {
      maxPrefixes: integer('maxPrefixes', maxPrefixes ?? 100_000, [1, 1_000_000]),
      ...(allowedPrefixes === undefined ? {} : { allowed: prefixes(allowedPrefixes) }),
    },
    drainTime: readDrainTime(drainTime, (allows) => configError('drainTime', drainTime, allows)),
  }
}

function record(path: string, value: unknown, known: readonly string[]): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw configError(path, value, 'an object')
  const stranger = Object.keys(value).find((key) => !known.includes(key))
  if (stranger !== undefined)
    throw configError(path === '' ? stranger : `${path}.${stranger}`, stranger, known.join(', '))
  return value as Given
}

function endpointOf(value: unknown): string {
  const found = typeof value === 'string' ? value : ''
  if (/^unix:\/./.test(found) || /^(\[[\da-fA-F:.]+\]|[^:/\s]+):\d{1,5}$/.test(found)) return found
  throw configError('endpoint', value, 'unix:/path, host:port or [IPv6 address]:port')
}

function tlsOf(value: unknown): Tls {
  const given = record('tls', value, tlsOptions)
  for (const key of tlsOptions) {
    if (given[key] !== undefined && (typeof given[key] !== 'string' || given[key] === ''))
      throw configError(
        `tls.${key}`,
        given[key],
        key === 'serverName' ? 'a host name' : 'the path of a PEM file',
      )
  }
  if ((given['cert'] === undefined) !== (given['key'] === undefined))
    throw configError('tls', Object.keys(given), 'cert and key together, or neither')
  return given
}

function routerIdOf(value: unknown): Address {
  const address = typeof value === 'string' ? parseAddress(value) : undefined
  if (address !== undefined && familyOf(address) === 'IPv4' && address !== '0.0.0.0') return address
  throw configError('routerId', value, 'an IPv4 address but 0.0.0.0')
}

function integer(path: string, value: unknown, [min, max]: readonly [number, number]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw configError(path, value, `a whole number from ${min} to ${max}`)
}

function prefixes(value: unknown): Prefix[] {
  if (!Array.isArray(value)) throw configError('allowedPrefixes', value, 'a list of CIDRs')
  return value.map((found: unknown, index) => {
    const prefix = typeof found === 'string' ? parsePrefix(found) : undefined
    if (prefix === undefined || prefixText(prefix) !== found)
      throw configError(`allowedPrefixes[${index}]`, found, 'a CIDR without host bits')
    return prefix
  })
}
