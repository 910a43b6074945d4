/* What the node is told: one folder with everything in it. */
import { birdRouters, farRouter, FRR_ASN, GOBGP_ASN, OUR_ASN } from './fabric.ts'

const namespace = 'metallb-system'

export function metallb(kind: string, name: string, spec: object, annotations: object = {}): object {
  const apiVersion = kind === 'BGPPeer' ? 'metallb.io/v1beta2' : 'metallb.io/v1beta1'
  return { apiVersion, kind, metadata: { name, namespace, annotations }, spec }
}

export function secret(name: string, password: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/basic-auth',
    metadata: { name, namespace },
    stringData: { password },
  }
}

export function service(name: string, ...addresses: readonly string[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'default',
      annotations: { 'metallb.io/loadBalancerIPs': addresses.join() },
    },
    spec: {
      type: 'LoadBalancer',
      ports: [{ port: 80 }],
      ...(addresses.length > 1 ? { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] } : {}),
    },
  }
}

export const racks = { node1: 'a', node2: 'b' } as const

export function node(name: keyof typeof racks, address: string): object {
  const labels = { 'kubernetes.io/hostname': name, rack: racks[name] }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }
}

/** What a BGPPeer says besides what all say. */
export type PeerSpec = Readonly<Record<string, unknown>>

const toBird = (name: keyof typeof birdRouters): PeerSpec => ({
  peerAddress: birdRouters[name].address,
  peerASN: birdRouters[name].asn,
})

/** `needs`: the field that not every backend can do. */
export interface PeerCase {
  readonly spec: PeerSpec
  readonly needs?: string
}

export const peerCases = {
  ebgp: { spec: toBird('ebgp') },
  ibgp: { spec: toBird('ibgp') },
  password: { spec: { ...toBird('password'), passwordSecret: { name: 'tor' } } },
  source: { spec: { ...toBird('source'), sourceAddress: '192.0.2.12' } },
  timers: { spec: { ...toBird('timers'), holdTime: '30s', keepaliveTime: '1s' } },
  restart: { spec: { ...toBird('restart'), enableGracefulRestart: true }, needs: 'enableGracefulRestart' },
  external: { spec: { ...toBird('external'), peerASN: undefined, dynamicASN: 'external' } },
  internal: { spec: { ...toBird('internal'), peerASN: undefined, dynamicASN: 'internal' } },
  local: { spec: { ...toBird('local'), localASN: 65_999 } },
  port: { spec: { ...toBird('port'), peerPort: 1790 } },
  families: { spec: { ...toBird('families'), disableMP: true, dualStackAddressFamily: true } },
  single: { spec: { ...toBird('single'), disableMP: true } },
  far: { spec: { peerAddress: farRouter.address, peerASN: farRouter.asn, ebgpMultiHop: true } },
  gobgpd: { spec: { peerAddress: '192.0.2.3', peerASN: GOBGP_ASN } },
  frr: { spec: { peerAddress: '192.0.2.1', peerASN: FRR_ASN } },
  'frr-six': { spec: { peerAddress: 'fd00:1::1', peerASN: FRR_ASN } },
  'frr-only-six': { spec: { peerAddress: 'fd00:2::1', peerASN: FRR_ASN } },
  bare: {
    spec: { interface: 'eth2', dynamicASN: 'external', bfdProfile: 'fast' },
    needs: 'interface',
  },
  vrf: { spec: { peerAddress: '192.0.2.33', peerASN: 65_113, vrf: 'red' }, needs: 'vrf' },
  bfd: { spec: { peerAddress: '192.0.2.1', peerASN: FRR_ASN, bfdProfile: 'fast' }, needs: 'bfdProfile' },
  'other-rack': {
    spec: { ...toBird('other-rack'), nodeSelectors: [{ matchLabels: { rack: 'b' } }] },
  },
} as const satisfies Record<string, PeerCase>

export type PeerName = keyof typeof peerCases

export function peer(name: PeerName, annotations: object = {}): object {
  const spec: PeerSpec = peerCases[name].spec
  // Where one router has all sessions, they have one identifier.
  const ours = { myASN: OUR_ASN, routerID: '10.11.12.13', connectTime: '1s' }
  return metallb('BGPPeer', name, JSON.parse(JSON.stringify({ ...ours, ...spec })) as object, annotations)
}

export const pools = {
  main: ['203.0.113.0/24', '2001:db8:113::/64'],
  dressed: ['203.0.114.0/24', '2001:db8:114::/64'],
  block: ['203.0.115.0/24', '2001:db8:115::/64'],
  elsewhere: ['203.0.116.0/24'],
} as const

export const advertisements: readonly object[] = [
  metallb('BGPAdvertisement', 'main', { ipAddressPools: ['main'] }),
  metallb('BGPAdvertisement', 'dressed', {
    ipAddressPools: ['dressed'],
    peers: ['ebgp', 'ibgp'],
    localPref: 250,
    communities: ['65001:7', '65535:65281', 'large:65001:1:2', 'by-name'],
  }),
  metallb('BGPAdvertisement', 'block', {
    ipAddressPools: ['block'],
    peers: ['ebgp'],
    aggregationLength: 26,
    aggregationLengthV6: 80,
  }),
  metallb('BGPAdvertisement', 'elsewhere', {
    ipAddressPools: ['elsewhere'],
    nodeSelectors: [{ matchLabels: { rack: 'b' } }],
  }),
  metallb('Community', 'names', { communities: [{ name: 'by-name', value: '65001:77' }] }),
]

export const services: readonly object[] = [
  service('web', '203.0.113.1', '2001:db8:113::1'),
  service('dressed', '203.0.114.1', '2001:db8:114::1'),
  service('block', '203.0.115.70', '2001:db8:115::1:0:0:7'),
  service('elsewhere', '203.0.116.1'),
]

export const bfdProfile = metallb('BFDProfile', 'fast', {
  transmitInterval: 100,
  receiveInterval: 100,
  detectMultiplier: 4,
})

export const poolManifests = Object.entries(pools).map(([name, addresses]) =>
  metallb('IPAddressPool', name, { addresses, autoAssign: false }),
)
