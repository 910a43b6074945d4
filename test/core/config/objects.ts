/* Objects as the manifest reader hands them over, and the announcers they meet. */
import type { ConfigContext } from '#core/config/inspection.ts'
import { parseConfig, type ParsedConfig } from '#core/config/parse.ts'
import { bgpOptionsSchema } from '#core/bgp/options.ts'
import type { ReasonCode } from '#core/reasons.ts'
import type { Settings, AnnouncerInfo } from '#core/model/facts.ts'
import type {
  AdvertisementObject,
  BFDProfileObject,
  BGPAdvertisementObject,
  BGPPeerObject,
  CommunityObject,
  ConfigObject,
  IPAddressPoolObject,
  L2AdvertisementObject,
  NamespaceObject,
  NodeObject,
  ObjectMeta,
  SecretObject,
} from '#core/model/objects.ts'

type Meta = Partial<ObjectMeta>

const apiVersion = 'metallb.io/v1beta1'
const meta = (name: string, more: Meta): ObjectMeta => ({ namespace: 'metallb-system', ...more, name })

export function pool(
  name: string,
  spec: Partial<IPAddressPoolObject['spec']> = {},
  more: Meta = {},
): IPAddressPoolObject {
  const defaults = { addresses: [], autoAssign: true, avoidBuggyIPs: false }
  return { apiVersion, kind: 'IPAddressPool', metadata: meta(name, more), spec: { ...defaults, ...spec } }
}

export function l2(
  name: string,
  spec: L2AdvertisementObject['spec'] = {},
  more: Meta = {},
): L2AdvertisementObject {
  return { apiVersion, kind: 'L2Advertisement', metadata: meta(name, more), spec }
}

export function bgp(
  name: string,
  spec: Partial<BGPAdvertisementObject['spec']> = {},
  more: Meta = {},
): BGPAdvertisementObject {
  const defaults = { aggregationLength: 32, aggregationLengthV6: 128 }
  return { apiVersion, kind: 'BGPAdvertisement', metadata: meta(name, more), spec: { ...defaults, ...spec } }
}

export function ad(name: string, spec: AdvertisementObject['spec'], more: Meta = {}): AdvertisementObject {
  return { apiVersion: 'heraldlb.io/v1alpha1', kind: 'Advertisement', metadata: meta(name, more), spec }
}

/** An eBGP peer at 10.0.0.1 unless `spec` says otherwise. */
export function peer(
  name: string,
  spec: Partial<BGPPeerObject['spec']> = {},
  more: Meta = {},
): BGPPeerObject {
  const defaults = { myASN: 64500, peerASN: 64501, peerAddress: '10.0.0.1', peerPort: 179 }
  const merged = Object.fromEntries(
    Object.entries({ ...defaults, ...spec }).filter(([, value]) => value !== undefined),
  )
  return {
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: meta(name, more),
    spec: merged as BGPPeerObject['spec'],
  }
}

export function profile(name: string, spec: BFDProfileObject['spec'] = {}): BFDProfileObject {
  return { apiVersion, kind: 'BFDProfile', metadata: meta(name, {}), spec }
}

export function community(name: string, aliases: Readonly<Record<string, string>>): CommunityObject {
  const communities = Object.entries(aliases).map(([alias, value]) => ({ name: alias, value }))
  return { apiVersion, kind: 'Community', metadata: meta(name, {}), spec: { communities } }
}

export function node(name: string, labels: Readonly<Record<string, string>> = {}): NodeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): NamespaceObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

export function secret(name: string, more: Partial<SecretObject> = {}): SecretObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'metallb-system' },
    type: 'kubernetes.io/basic-auth',
    keys: ['password', 'username'],
    revision: '1',
    ...more,
  }
}

const announcer = (name: string, more: Partial<AnnouncerInfo>): AnnouncerInfo => ({
  name,
  placement: 'every-node',
  resources: [],
  optionsSchema: { type: 'object' },
  unsupported: [],
  ...more,
})

const interfaces = { type: 'array', items: { type: 'string' } } as const

export const announcers: readonly AnnouncerInfo[] = [
  announcer('l2', {
    placement: 'one-node',
    optionsSchema: { type: 'object', properties: { interfaces } },
  }),
  announcer('native-bgp', {
    resources: ['BGPPeer', 'BFDProfile'],
    optionsSchema: bgpOptionsSchema,
    unsupported: [
      { kind: 'BGPPeer', field: 'interface', reason: 'no unnumbered sessions' },
      { kind: 'BFDProfile', field: 'echoMode', reason: 'no echo packets' },
    ],
  }),
  announcer('frr', {
    resources: ['BGPPeer', 'BFDProfile'],
    optionsSchema: bgpOptionsSchema,
    singleRouter: true,
    unsupported: [
      { kind: 'BGPAdvertisement', field: 'localPref', reason: 'not in this test' },
      { kind: 'BGPPeer', field: 'keepaliveTime', reason: 'not in this test' },
    ],
  }),
  announcer('radio', {
    optionsSchema: {
      type: 'object',
      required: ['channel'],
      properties: {
        channel: { type: 'integer', minimum: 1, maximum: 13 },
        power: { type: 'string', enum: ['low', 'high'], default: 'low' },
      },
    },
  }),
]

export const settings: Settings = {
  namespace: 'metallb-system',
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
  announcers,
}

/** For the annotation that gives a BGPPeer or BGPAdvertisement to an announcer. */
export const belongsTo = (name: string): Meta => ({ annotations: { 'heraldlb.io/announcer': name } })

export function parse(objects: readonly ConfigObject[], context: Partial<ConfigContext> = {}): ParsedConfig {
  return parseConfig(objects, { settings, ...context })
}

/** What a test expects of one problem: reason, field and a part of the message. */
export type ExpectedFault = readonly [reason: ReasonCode, field: string, fragment: string]

/** The problems as expectations, each message reduced to the expected part where it contains it. */
export function faultsLike(result: ParsedConfig, expected: readonly ExpectedFault[]): ExpectedFault[] {
  return result.problems.map(({ reason, field, message }) => {
    const match = expected.find(
      (fault) => fault[0] === reason && fault[1] === field && message.includes(fault[2]),
    )
    return match ?? [reason, field, message]
  })
}
