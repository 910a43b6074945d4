/* The plugin's configuration: what is the same for every target. */
import { ConfigError } from '#core/errors.ts'

export interface L2Config {
  /** Regular expressions, unanchored; an interface whose name matches one is as if it did not exist. */
  readonly excludeInterfaces: readonly string[]
  /** What carries Neighbour Discovery: packet sockets, or the npm package raw-socket. */
  readonly ndp: 'packet' | 'raw-socket'
  /** At most so many unasked announcements a second, over all addresses and interfaces. */
  readonly gratuitousPerSecond: number
  /** Ask the wire whether somebody answers for an address before beginning to answer. */
  readonly probe: boolean
}

/** MetalLB's list: bridges, tunnels and pod interfaces of container networks. */
export const DEFAULT_EXCLUDED: readonly string[] = [
  '^docker.*',
  '^cbr.*',
  '^dummy.*',
  '^virbr.*',
  '^lxcbr.*',
  '^veth.*',
  '^lo$',
  '^cali.*',
  '^tunl.*',
  '^flannel.*',
  '^kube-ipvs.*',
  '^cni.*',
  '^nodelocaldns.*',
  '^lxc.*',
]

/** 100,000 addresses a node can hold take ten seconds at this rate; a switch's control plane survives it. */
const DEFAULT_GRATUITOUS = 10_000
const KEYS = ['excludeInterfaces', 'ndp', 'gratuitousPerSecond', 'probe']

export function parseConfig(input: unknown): L2Config {
  const fields = fieldsOf(input ?? {})
  const unknown = Object.keys(fields).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) throw fault(unknown, 'an unknown field', KEYS.join(', '))
  return {
    excludeInterfaces: patternsOf(fields['excludeInterfaces'] ?? DEFAULT_EXCLUDED),
    ndp: driverOf(fields['ndp'] ?? 'packet'),
    gratuitousPerSecond: rateOf(fields['gratuitousPerSecond'] ?? DEFAULT_GRATUITOUS),
    probe: switchOf(fields['probe'] ?? true),
  }
}

/** Whether an interface name is excluded. */
export function excludes(config: L2Config): (name: string) => boolean {
  const patterns = config.excludeInterfaces.map((pattern) => new RegExp(pattern))
  return (name) => patterns.some((pattern) => pattern.test(name))
}

function fieldsOf(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw fault('', printed(input), 'a mapping')
  return input as Readonly<Record<string, unknown>>
}

function patternsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw fault('excludeInterfaces', printed(value), 'a list of regular expressions')
  return value.map((pattern: unknown, i) => {
    if (typeof pattern === 'string' && isPattern(pattern)) return pattern
    throw fault(`excludeInterfaces[${i}]`, printed(pattern), 'a regular expression')
  })
}

function driverOf(value: unknown): L2Config['ndp'] {
  if (value === 'packet' || value === 'raw-socket') return value
  throw fault('ndp', printed(value), 'packet, raw-socket')
}

function rateOf(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value
  throw fault('gratuitousPerSecond', printed(value), 'a whole number from 1 to 1000000')
}

function switchOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw fault('probe', printed(value), 'true, false')
}

function isPattern(text: string): boolean {
  try {
    return RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

function fault(field: string, found: string, allowed: string): ConfigError {
  return new ConfigError({ path: field === '' ? 'l2' : `l2.${field}`, found, allowed })
}

function printed(value: unknown): string {
  return JSON.stringify(value) ?? typeof value
}
