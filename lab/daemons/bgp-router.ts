/* A BGP router as data, and the same router in the configuration language of FRR, BIRD and GoBGP. */

export interface BgpRouter {
  readonly asn: number
  readonly routerId: string
  readonly neighbors: readonly BgpNeighbor[]
}

/** What each of the three programs is configured with. */
export interface RouterOptions {
  /** Text in the program's own language, or a router to be put into it. */
  readonly config: string | BgpRouter
}

/** Every neighbour gets IPv4 and IPv6 unicast, and may send anything. */
export interface BgpNeighbor {
  readonly address: string
  readonly asn: number
  readonly description?: string
  /** TCP-MD5. */
  readonly password?: string
  /** Wait to be called. */
  readonly passive?: boolean
  /** GTSM (RFC 5082) for a directly connected neighbour. */
  readonly ttlSecurity?: boolean
  /** Seconds; keepalives come three times as often. Default 9. */
  readonly holdTime?: number
  /** FRR and BIRD only. */
  readonly bfd?: { readonly interval: number; readonly multiplier: number }
}

/** Seconds. Short, so that a test of a lost session need not wait long. */
const HOLD_TIME = 9
const CONNECT_RETRY = 1

export function renderFrr({ asn, routerId, neighbors }: BgpRouter): string {
  return lines([
    ...neighbors.flatMap((neighbor) => frrBfdProfile(neighbor)),
    `router bgp ${asn}`,
    ` bgp router-id ${routerId}`,
    // Without this FRR takes and gives no route over eBGP that a policy does not let through (RFC 8212).
    ' no bgp ebgp-requires-policy',
    ...neighbors.flatMap((neighbor) => frrNeighbor(neighbor)),
    ...['ipv4', 'ipv6'].flatMap((family) => [
      ` address-family ${family} unicast`,
      ...neighbors.map(({ address }) => `  neighbor ${address} activate`),
      ' exit-address-family',
    ]),
    'exit',
  ])
}

function frrNeighbor(neighbor: BgpNeighbor): string[] {
  const { address, asn, description, password, passive, ttlSecurity, holdTime = HOLD_TIME, bfd } = neighbor
  const say = (words: string): string => ` neighbor ${address} ${words}`
  return [
    say(`remote-as ${asn}`),
    ...(description === undefined ? [] : [say(`description ${description}`)]),
    ...(password === undefined ? [] : [say(`password ${password}`)]),
    ...(passive === true ? [say('passive')] : []),
    ...(ttlSecurity === true ? [say('ttl-security hops 1')] : []),
    ...(bfd === undefined ? [] : [say('bfd'), say(`bfd profile ${bfdProfileName(address)}`)]),
    say(`timers ${Math.floor(holdTime / 3)} ${holdTime}`),
    say(`timers connect ${CONNECT_RETRY}`),
  ]
}

function frrBfdProfile({ address, bfd }: BgpNeighbor): string[] {
  if (bfd === undefined) return []
  return [
    'bfd',
    ` profile ${bfdProfileName(address)}`,
    `  detect-multiplier ${bfd.multiplier}`,
    `  receive-interval ${bfd.interval}`,
    `  transmit-interval ${bfd.interval}`,
    ' exit',
    'exit',
  ]
}

function bfdProfileName(address: string): string {
  return `to-${address.replaceAll(/[.:]/g, '-')}`
}

export function renderBird({ asn, routerId, neighbors }: BgpRouter): string {
  return lines([
    'log stderr all;',
    `router id ${routerId};`,
    'protocol device { scan time 1; }',
    ...['ipv4', 'ipv6'].map(
      (family) =>
        `protocol kernel { ${family} { import none; export where source = RTS_BGP; }; merge paths on; scan time 1; }`,
    ),
    'protocol bfd {}',
    ...neighbors.flatMap((neighbor, index) => [
      `protocol bgp neighbor${index + 1} {`,
      ...birdNeighbor(asn, neighbor).map((line) => `  ${line}`),
      '}',
    ]),
  ])
}

function birdNeighbor(asn: number, neighbor: BgpNeighbor): string[] {
  const { description, password, passive, ttlSecurity, holdTime = HOLD_TIME, bfd } = neighbor
  return [
    `local as ${asn};`,
    `neighbor ${neighbor.address} as ${neighbor.asn};`,
    `hold time ${holdTime};`,
    `connect delay time ${CONNECT_RETRY};`,
    `connect retry time ${CONNECT_RETRY};`,
    `error wait time ${CONNECT_RETRY}, ${CONNECT_RETRY};`,
    'ipv4 { import all; export none; };',
    'ipv6 { import all; export none; };',
    ...(description === undefined ? [] : [`description "${description}";`]),
    ...(password === undefined ? [] : [`password "${password}";`]),
    ...(passive === true ? ['passive on;'] : []),
    ...(ttlSecurity === true ? ['ttl security on;'] : []),
    ...(bfd === undefined ? [] : [`bfd { interval ${bfd.interval} ms; multiplier ${bfd.multiplier}; };`]),
  ]
}

export function renderGoBgp({ asn, routerId, neighbors }: BgpRouter): string {
  return lines([
    '[global.config]',
    `  as = ${asn}`,
    `  router-id = "${routerId}"`,
    ...neighbors.flatMap((neighbor) => goBgpNeighbor(neighbor)),
  ])
}

function goBgpNeighbor(neighbor: BgpNeighbor): string[] {
  const { address, asn, description, password, passive, ttlSecurity, holdTime = HOLD_TIME, bfd } = neighbor
  if (bfd !== undefined) throw new Error(`neighbor ${address}: GoBGP has no BFD`)
  return [
    '[[neighbors]]',
    '  [neighbors.config]',
    `    neighbor-address = "${address}"`,
    `    peer-as = ${asn}`,
    ...(description === undefined ? [] : [`    description = "${description}"`]),
    ...(password === undefined ? [] : [`    auth-password = "${password}"`]),
    '  [neighbors.timers.config]',
    `    hold-time = ${holdTime}`,
    `    keepalive-interval = ${Math.floor(holdTime / 3)}`,
    `    connect-retry = ${CONNECT_RETRY}`,
    '  [neighbors.transport.config]',
    `    passive-mode = ${passive === true}`,
    ...(ttlSecurity === true
      ? ['  [neighbors.ttl-security.config]', '    enabled = true', '    ttl-min = 255']
      : []),
    ...['ipv4-unicast', 'ipv6-unicast'].flatMap((family) => [
      '  [[neighbors.afi-safis]]',
      '    [neighbors.afi-safis.config]',
      `      afi-safi-name = "${family}"`,
    ]),
  ]
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
