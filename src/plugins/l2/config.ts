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
  /** Questions a second, at most, whether somebody else answers too, and as many that ask once more; 0: none. Each address is asked about once a second. */
  readonly witnessPerSecond: number
  /** Announce each address anew so often; 0: never. */
  readonly refreshSeconds: number
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

const NUMBERS = {
  /** 100,000 addresses a node can hold take ten seconds at this rate; a switch's control plane survives it. */
  gratuitousPerSecond: { usual: 10_000, least: 1, most: 1_000_000 },
  /** Broadcasts wake every host of a segment: with more addresses than this a round takes longer than a second. */
  witnessPerSecond: { usual: 50, least: 0, most: 10_000 },
  refreshSeconds: { usual: 0, least: 0, most: 86_400 },
} as const
const KEYS = [
  'excludeInterfaces',
  'ndp',
  'gratuitousPerSecond',
  'probe',
  'witnessPerSecond',
  'refreshSeconds',
]

export function parseConfig(input: unknown): L2Config {
  const fields = fieldsOf(input ?? {})
  const unknown = Object.keys(fields).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) throw fault(unknown, 'an unknown field', KEYS.join(', '))
  return {
    excludeInterfaces: patternsOf(fields['excludeInterfaces'] ?? DEFAULT_EXCLUDED),
    ndp: driverOf(fields['ndp'] ?? 'packet'),
    gratuitousPerSecond: numberOf('gratuitousPerSecond', fields['gratuitousPerSecond']),
    probe: switchOf(fields['probe'] ?? true),
    witnessPerSecond: numberOf('witnessPerSecond', fields['witnessPerSecond']),
    refreshSeconds: numberOf('refreshSeconds', fields['refreshSeconds']),
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

function numberOf(field: keyof typeof NUMBERS, value: unknown): number {
  const { usual, least, most } = NUMBERS[field]
  const number = value ?? usual
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most)
    return number
  throw fault(field, printed(number), `a whole number from ${least} to ${most}`)
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
