import { readDrainTime } from '#core/bgp/draining.ts'
import { parsePrefix, prefixText, type Prefix } from '#core/bgp/prefix.ts'
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'
import { seconds, type Duration } from '#core/model/duration.ts'

import { ConfigError } from './errors.ts'

export interface FrrConfig {
  /** Directory of the daemons' vty sockets. */
  readonly socketDirectory: string
  /** How often sessions are looked at when nothing changes. */
  readonly pollInterval: Duration
  /** Where bgpd listens (its option -p); 0 = nowhere. */
  readonly bgpPort: number
  readonly belt: SafetyBelt
  /** How long routes that are to end are announced as such before they are withdrawn (RFC 8326). */
  readonly drainTime: Duration
  /** FRR is left alone, and its whole configuration kept in this file. */
  readonly renderOnly?: string
}

const defaults = { socketDirectory: '/var/run/frr', pollInterval: 1, maxPrefixes: 100_000, bgpPort: 179 }
const options = [
  'allowedPrefixes',
  'bgpPort',
  'drainTime',
  'maxPrefixes',
  'pollInterval',
  'renderOnly',
  'socketDirectory',
]

/** Throws a ConfigError. Absent input means the defaults. */
export function parseConfig(input: unknown): FrrConfig {
  const given = input ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) throw fault('frr', given, 'an object')
  const unknown = Object.keys(given).find((key) => !options.includes(key))
  if (unknown !== undefined) throw fault(`frr.${unknown}`, unknown, options.join(', '))
  const { socketDirectory, pollInterval, maxPrefixes, allowedPrefixes, bgpPort, drainTime, renderOnly } =
    given as Record<string, unknown>
  const allowed = allowedPrefixes === undefined ? undefined : prefixes(allowedPrefixes)
  return {
    socketDirectory: absolute('socketDirectory', socketDirectory ?? defaults.socketDirectory),
    ...(renderOnly === undefined ? {} : { renderOnly: absolute('renderOnly', renderOnly) }),
    pollInterval: seconds(integer('pollInterval', pollInterval ?? defaults.pollInterval, [1, 3600])),
    bgpPort: integer('bgpPort', bgpPort ?? defaults.bgpPort, [0, 65_535]),
    belt: {
      maxPrefixes: integer('maxPrefixes', maxPrefixes ?? defaults.maxPrefixes, [1, 1_000_000]),
      ...(allowed && { allowed }),
    },
    drainTime: readDrainTime(drainTime, (allows) => fault('frr.drainTime', drainTime, allows)),
  }
}

function absolute(key: string, value: unknown): string {
  if (typeof value === 'string' && value.startsWith('/')) return value
  throw fault(`frr.${key}`, value, 'an absolute path')
}

function integer(key: string, value: unknown, [min, max]: readonly [number, number]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw fault(`frr.${key}`, value, `a whole number from ${min} to ${max}`)
}

function prefixes(value: unknown): Prefix[] {
  if (!Array.isArray(value)) throw fault('frr.allowedPrefixes', value, 'a list of CIDRs')
  return value.map((text: unknown, index) => {
    const prefix = typeof text === 'string' ? parsePrefix(text) : undefined
    if (prefix === undefined || prefixText(prefix) !== text) {
      throw fault(`frr.allowedPrefixes[${index}]`, text, 'a CIDR without host bits')
    }
    return prefix
  })
}

function fault(path: string, found: unknown, allowed: string): ConfigError {
  return new ConfigError({ path, found: JSON.stringify(found) ?? String(found), allowed })
}
