import { readDrainTime } from '#core/bgp/draining.ts'
import { parsePrefix, prefixText, type Prefix } from '#core/bgp/prefix.ts'
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'

import type { Duration } from '#core/model/duration.ts'
import { parseGoDuration } from '#core/model/go-duration.ts'

import { ConfigError } from './errors.ts'

export interface NativeBgpConfig {
  /** TCP port on which peers may connect to us; 0 = we only connect to them. */
  readonly listenPort: number
  readonly belt: SafetyBelt
  /** How long routes that are to end are announced as such before they are withdrawn (RFC 8326). */
  readonly drainTime: Duration
  /** How long peers with `enableGracefulRestart` may keep our routes while we are away (RFC 4724). */
  readonly restartTime: Duration
}

const defaults = { listenPort: 179, maxPrefixes: 100_000, restartTime: '120s' }
const options = ['allowedPrefixes', 'drainTime', 'listenPort', 'maxPrefixes', 'restartTime']

/** Throws a ConfigError. Absent input means the defaults. */
export function parseConfig(input: unknown): NativeBgpConfig {
  const given = input ?? {}
  if (typeof given !== 'object' || Array.isArray(given))
    throw new ConfigError('native-bgp', given, 'an object')
  const unknown = Object.keys(given).find((key) => !options.includes(key))
  if (unknown !== undefined) throw new ConfigError(`native-bgp.${unknown}`, unknown, options.join(', '))
  const { listenPort, maxPrefixes, allowedPrefixes, drainTime, restartTime } = given as Record<
    string,
    unknown
  >
  const allowed = allowedPrefixes === undefined ? undefined : prefixes(allowedPrefixes)
  return {
    listenPort: integer('listenPort', listenPort ?? defaults.listenPort, [0, 65_535]),
    belt: {
      maxPrefixes: integer('maxPrefixes', maxPrefixes ?? defaults.maxPrefixes, [1, 1_000_000]),
      ...(allowed && { allowed }),
    },
    drainTime: readDrainTime(
      drainTime,
      (allows) => new ConfigError('native-bgp.drainTime', drainTime, allows),
    ),
    restartTime: duration('restartTime', restartTime ?? defaults.restartTime, ['1s', '4095s']),
  }
}

function integer(key: string, value: unknown, [min, max]: readonly [number, number]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new ConfigError(`native-bgp.${key}`, value, `a whole number from ${min} to ${max}`)
}

function duration(key: string, value: unknown, [min, max]: readonly [string, string]): Duration {
  const span = typeof value === 'string' ? parseGoDuration(value) : undefined
  const [low = 0, high = 0] = [parseGoDuration(min), parseGoDuration(max)]
  if (span !== undefined && span >= low && span <= high) return span
  throw new ConfigError(`native-bgp.${key}`, value, `a duration from ${min} to ${max}`)
}

function prefixes(value: unknown): Prefix[] {
  if (!Array.isArray(value)) throw new ConfigError('native-bgp.allowedPrefixes', value, 'a list of CIDRs')
  return value.map((text: unknown, index) => {
    const prefix = typeof text === 'string' ? parsePrefix(text) : undefined
    if (prefix === undefined || prefixText(prefix) !== text) {
      throw new ConfigError(`native-bgp.allowedPrefixes[${index}]`, text, 'a CIDR without host bits')
    }
    return prefix
  })
}
