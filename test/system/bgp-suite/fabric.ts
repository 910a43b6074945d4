/*
 * One node between routers of three makes: BIRD stands for a whole row of routers, for each of its sessions may have an
 * address and an AS of its own; FRR has the sessions over IPv6, over links without IPv4 and with BFD; GoBGP has one.
 */
import { Bird, createLab, Frr, GoBgp, type Lab, type LabSpec, type NewerProgram } from '#lab/index.ts'

/** AS of the node. */
export const OUR_ASN = 65_001
export const FRR_ASN = 65_200
export const GOBGP_ASN = 65_300

export const topology: LabSpec = {
  segments: { net1: {}, six: {}, bare: {}, beyond: {} },
  nodes: {
    node1: {
      forwarding: true,
      interfaces: [
        {
          segment: 'net1',
          addresses: ['192.0.2.11/24', 'fd00:1::11/64', '192.0.2.12/24'],
        },
        // A link with IPv6 only, and one with nothing but what every link has.
        { segment: 'six', addresses: ['fd00:2::11/64'] },
        { segment: 'bare' },
      ],
      routes: [{ to: '192.0.3.0/24', via: '192.0.2.2' }],
    },
    bird: {
      forwarding: true,
      interfaces: [
        {
          segment: 'net1',
          addresses: ['fd00:1::2/64', ...[2, ...range(21, 34)].map((host) => `192.0.2.${host}/24`)],
        },
        { segment: 'beyond', addresses: ['192.0.3.1/24', 'fd00:3::1/64'] },
      ],
    },
    far: {
      interfaces: [{ segment: 'beyond', addresses: ['192.0.3.100/24', 'fd00:3::100/64'] }],
      routes: [
        { to: 'default', via: '192.0.3.1' },
        { to: 'default', via: 'fd00:3::1' },
      ],
    },
    frr: {
      forwarding: true,
      interfaces: [
        { segment: 'net1', addresses: ['192.0.2.1/24', 'fd00:1::1/64'] },
        { segment: 'six', addresses: ['fd00:2::1/64'] },
        { segment: 'bare' },
      ],
    },
    gobgpd: { interfaces: [{ segment: 'net1', addresses: ['192.0.2.3/24', 'fd00:1::3/64'] }] },
  },
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** One of BIRD's sessions: a router to the node. */
export interface BirdRouter {
  readonly address: string
  readonly asn: number
  readonly expects?: number
  /** The address of the node that it knows. */
  readonly node?: string
  readonly port?: number
  /** More options of the session, in BIRD's words. */
  readonly options?: string
}

/** By name of the BGPPeer that the node has for it. */
export const birdRouters = {
  ebgp: { address: '192.0.2.21', asn: 65_101 },
  ibgp: { address: '192.0.2.22', asn: OUR_ASN },
  password: { address: '192.0.2.23', asn: 65_103, options: 'password "0ne-sup3rs3cret";' },
  source: { address: '192.0.2.24', asn: 65_104, node: '192.0.2.12' },
  timers: { address: '192.0.2.25', asn: 65_105 },
  restart: { address: '192.0.2.26', asn: 65_106 },
  external: { address: '192.0.2.27', asn: 65_107 },
  internal: { address: '192.0.2.28', asn: OUR_ASN },
  local: { address: '192.0.2.29', asn: 65_109, expects: 65_999 },
  port: { address: '192.0.2.30', asn: 65_110, port: 1790 },
  families: { address: '192.0.2.31', asn: 65_111 },
  'other-rack': { address: '192.0.2.32', asn: 65_112 },
  single: { address: '192.0.2.34', asn: 65_114 },
} as const satisfies Record<string, BirdRouter>

/** Behind the machine that is BIRD's other sessions. */
export const farRouter = {
  address: '192.0.3.100',
  asn: 65_120,
  options: 'multihop;',
} as const satisfies BirdRouter

/** BIRD's own words are no names to it, and it does not know the hyphen. */
export function protocolName(router: string): string {
  return `to_${router.replaceAll('-', '_')}`
}

export function birdConfig(routers: Readonly<Record<string, BirdRouter>>): string {
  return [
    'log stderr all;',
    'router id 192.0.2.2;',
    'protocol device { scan time 1; }',
    // A router several hops away needs its own way to the next hop.
    'protocol kernel { ipv4 { export none; }; learn; scan time 1; }',
    'protocol kernel { ipv6 { export none; }; learn; scan time 1; }',
    ...Object.entries(routers).flatMap(([name, { address, asn, expects, node, port, options }], index) => [
      `protocol bgp ${protocolName(name)} {`,
      `  local ${address} port ${port ?? 179} as ${asn};`,
      // BIRD keeps one session per address and port of a neighbour, so it is told a port each, and waits to be called.
      `  neighbor ${node ?? '192.0.2.11'} port ${10_000 + index} as ${expects ?? OUR_ASN};`,
      '  passive; strict bind; hold time 90; connect delay time 1; connect retry time 1; error wait time 1, 1;',
      '  ipv4 { import all; export none; };',
      '  ipv6 { import all; export none; };',
      ...(options === undefined ? [] : [`  ${options}`]),
      '}',
    ]),
    '',
  ].join('\n')
}

const sixes = ['fd00:1::11', 'fd00:2::11']
const frrConfig = [
  'bfd',
  ' profile fast',
  '  detect-multiplier 4',
  '  receive-interval 100',
  '  transmit-interval 100',
  ' exit',
  'exit',
  'interface eth2',
  ' ipv6 nd ra-interval 1',
  ' no ipv6 nd suppress-ra',
  'exit',
  `router bgp ${FRR_ASN}`,
  ' bgp router-id 192.0.2.1',
  ' no bgp ebgp-requires-policy',
  ` neighbor 192.0.2.11 remote-as ${OUR_ASN}`,
  ' neighbor 192.0.2.11 bfd',
  ' neighbor 192.0.2.11 bfd profile fast',
  ...sixes.flatMap((neighbor) => [
    ` neighbor ${neighbor} remote-as ${OUR_ASN}`,
    ` neighbor ${neighbor} capability extended-nexthop`,
  ]),
  ' neighbor eth2 interface remote-as external',
  ' neighbor eth2 bfd',
  ' neighbor eth2 bfd profile fast',
  ...['192.0.2.11', ...sixes, 'eth2'].map((neighbor) => ` neighbor ${neighbor} timers connect 1`),
  ...['ipv4', 'ipv6'].flatMap((family) => [
    ` address-family ${family} unicast`,
    ...['192.0.2.11', ...sixes, 'eth2'].map((neighbor) => `  neighbor ${neighbor} activate`),
    ' exit-address-family',
  ]),
  'exit',
  '',
].join('\n')

export interface Fabric {
  readonly lab: Lab
  readonly bird: Bird
  readonly far: Bird
  readonly frr: Frr
  readonly gobgpd: GoBgp
}

/** `release`: of FRR; absent = the machine's own. */
export async function startFabric(release?: NewerProgram): Promise<Fabric> {
  const lab = await createLab(topology)
  const fabric: Fabric = {
    lab,
    bird: new Bird(lab.node('bird'), { config: birdConfig(birdRouters) }),
    far: new Bird(lab.node('far'), { config: birdConfig({ far: farRouter }) }),
    frr: new Frr(lab.node('frr'), { config: frrConfig, ...(release && { release }) }),
    gobgpd: new GoBgp(lab.node('gobgpd'), {
      config: {
        asn: GOBGP_ASN,
        routerId: '192.0.2.3',
        neighbors: [{ address: '192.0.2.11', asn: OUR_ASN, passive: true }],
      },
    }),
  }
  const { bird, far, frr, gobgpd } = fabric
  await Promise.all([bird.start(), far.start(), frr.start(), gobgpd.start()])
  return fabric
}
