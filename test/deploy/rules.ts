/*
 * What one object may say: each row is held against the API server (the CRDs' schemas and CEL rules) and against
 * `herald validate`. Where the two differ, the row says why.
 */
import type { JsonObject } from '#core/model/json.ts'

/** `herald`: the API server takes it and Herald reports it. `server`: the other way round. */
export type Verdict = 'taken' | 'refused' | 'herald' | 'server'

export interface Row {
  readonly what: string
  readonly kind: string
  readonly apiVersion: string
  readonly spec: JsonObject
  readonly verdict: Verdict
}

const versions: Readonly<Record<string, string>> = {
  BGPPeer: 'metallb.io/v1beta2',
  Advertisement: 'heraldlb.io/v1alpha1',
}

function row(kind: string, verdict: Verdict, what: string, spec: JsonObject): Row {
  return { what, kind, apiVersion: versions[kind] ?? 'metallb.io/v1beta1', spec, verdict }
}

const pool = (verdict: Verdict, what: string, ...addresses: readonly string[]): Row =>
  row('IPAddressPool', verdict, what, { addresses })

const pinned = (verdict: Verdict, what: string, serviceAllocation: JsonObject): Row =>
  row('IPAddressPool', verdict, what, { addresses: ['192.0.2.0/24'], serviceAllocation })

const sound = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }

const peer = (verdict: Verdict, what: string, spec: JsonObject): Row =>
  row('BGPPeer', verdict, what, { ...sound, ...spec })

const oldPeer = (verdict: Verdict, what: string, spec: JsonObject): Row => ({
  ...peer(verdict, what, spec),
  apiVersion: 'metallb.io/v1beta1',
})

const bgp = (verdict: Verdict, what: string, spec: JsonObject): Row =>
  row('BGPAdvertisement', verdict, what, spec)

const l2 = (verdict: Verdict, what: string, spec: JsonObject): Row =>
  row('L2Advertisement', verdict, what, spec)

/** One selector, wherever a list of them may stand. */
function selector(verdict: Verdict, what: string, selector: JsonObject): Row[] {
  return [
    pinned(verdict, `namespaces: ${what}`, { namespaceSelectors: [selector] }),
    pinned(verdict, `services: ${what}`, { serviceSelectors: [selector] }),
    peer(verdict, `nodes: ${what}`, { nodeSelectors: [selector] }),
    oldPeer(verdict, `nodes: ${what}`, { nodeSelectors: [selector] }),
    bgp(verdict, `services: ${what}`, { serviceSelectors: [selector] }),
    l2(verdict, `nodes: ${what}`, { nodeSelectors: [selector] }),
    row('Advertisement', verdict, `services: ${what}`, { announcer: 'l2', serviceSelectors: [selector] }),
  ]
}

const expression = (operator: string, ...values: readonly string[]): JsonObject => ({
  matchExpressions: [{ key: 'zone', operator, ...(values.length === 0 ? {} : { values }) }],
})

const pools: readonly Row[] = [
  pool('taken', 'a CIDR', '192.0.2.0/24'),
  pool('taken', 'host bits', '192.0.2.9/24'),
  pool('taken', 'IPv6 CIDR', '2001:DB8::/64'),
  pool('taken', 'a range', '192.0.2.9-192.0.2.10'),
  pool('taken', 'a range of one address, with blanks', ' 192.0.2.9 - 192.0.2.9 '),
  pool('taken', 'a range across octets', '9.0.0.255-10.0.0.0'),
  pool('taken', 'an IPv6 range', 'fd00::9-fd00::a'),
  pool('refused', 'no entry'),
  pool('refused', 'an empty entry', ''),
  pool('refused', 'a bare address', '192.0.2.1'),
  pool('refused', 'a prefix too long', '192.0.2.0/33'),
  pool('refused', 'leading zeros', '192.0.02.0/24'),
  pool('refused', 'a bad range', '192.0.2.1-here'),
  pool('refused', 'a range of three', '192.0.2.1-192.0.2.2-192.0.2.3'),
  pool('refused', 'a range of two families', '192.0.2.1-2001:db8::1'),
  pool('refused', 'a range that runs backwards', '192.0.2.10-192.0.2.9'),
  // The budget of a CEL rule has no room for comparing IPv6 addresses, nor each entry with every other.
  pool('herald', 'an IPv6 range that runs backwards', 'fd00::a-fd00::9'),
  pool('herald', 'overlapping entries', '192.0.2.0/24', '192.0.2.128/25'),
  // The API server's addresses are those of net/netip without IPv4-mapped ones.
  pool('refused', 'IPv4-mapped IPv6 CIDR', '::ffff:192.0.2.0/120'),
  pool('server', 'IPv4-mapped IPv6 range', '::ffff:192.0.2.1-::ffff:192.0.2.9'),
  pinned('taken', 'priority 0', { priority: 0 }),
  pinned('refused', 'a negative priority', { priority: -1 }),
  pinned('refused', 'a namespace twice', { namespaces: ['a', 'a'] }),
  pinned('refused', 'a selector twice', { serviceSelectors: [{ matchLabels: { a: 'b' } }, { matchLabels: { a: 'b' } }] }),
  row('IPAddressPool', 'refused', 'a wrong type', { addresses: '192.0.2.0/24' }),
  row('IPAddressPool', 'refused', 'an unknown field', { addresses: ['192.0.2.0/24'], autoasign: true }),
]

const selectors: readonly Row[] = [
  ...selector('taken', 'an empty selector', {}),
  ...selector('taken', 'labels', { matchLabels: { 'example.com/zone': 'a', plain: '' } }),
  ...selector('taken', 'In', expression('In', 'a', 'b')),
  ...selector('taken', 'Exists', expression('Exists')),
  ...selector('refused', 'In without values', expression('In')),
  ...selector('refused', 'Exists with a value', expression('Exists', 'a')),
  ...selector('refused', 'an unknown operator', expression('Near', 'a')),
  ...selector('refused', 'a key that is no name', { matchLabels: { '-zone': 'a' } }),
  ...selector('refused', 'a prefix that is no DNS name', { matchLabels: { 'A_B/zone': 'a' } }),
  ...selector('refused', 'a label value that cannot be', { matchLabels: { zone: 'a b' } }),
  ...selector('refused', 'a key that is no name, in an expression', {
    matchExpressions: [{ key: 'a/b/c', operator: 'Exists' }],
  }),
  // A rule for each value of each expression of each selector is beyond the API server's budget.
  ...selector('herald', 'a value that cannot be, in an expression', expression('In', 'a b')),
]

const timers: readonly Row[] = [peer, oldPeer].flatMap((peer) => [
  peer('taken', 'no timers', {}),
  peer('taken', 'both timers', { holdTime: '1m30s', keepaliveTime: '30s' }),
  peer('taken', 'no keepalives at all', { holdTime: '0', keepaliveTime: '0s' }),
  peer('taken', 'a hold time alone', { holdTime: '3s' }),
  peer('taken', 'keepalive as long as hold', { holdTime: '9s', keepaliveTime: '9s' }),
  peer('refused', 'no duration', { holdTime: '90' }),
  peer('refused', 'a hold time of 2 s', { holdTime: '2s' }),
  peer('refused', 'a negative hold time', { holdTime: '-90s' }),
  peer('refused', 'a hold time beyond 16 bits', { holdTime: '65536s' }),
  peer('refused', 'keepalive longer than hold', { holdTime: '9s', keepaliveTime: '10s' }),
  peer('refused', 'keepalive of half a second', { holdTime: '9s', keepaliveTime: '500ms' }),
  peer('refused', 'keepalive off with hold on', { holdTime: '9s', keepaliveTime: '0s' }),
  peer('refused', 'keepalive on with hold off', { holdTime: '0s', keepaliveTime: '1s' }),
  peer('refused', 'keepalive alone, whose triple is too long', { keepaliveTime: '6h5m' }),
  peer('refused', 'keepalive that is no duration', { keepaliveTime: 'soon' }),
  peer('refused', 'myASN 0', { myASN: 0 }),
  peer('refused', 'an AS number beyond 32 bits', { peerASN: 4294967296 }),
  peer('refused', 'multihop within one AS', { peerASN: 64512, ebgpMultiHop: true }),
  peer('taken', 'multihop to another AS', { ebgpMultiHop: true }),
  peer('refused', 'an address that is none', { peerAddress: 'tor-1' }),
  peer('taken', 'a source address', { sourceAddress: '192.0.2.2' }),
  peer('refused', 'a source address of another family', { sourceAddress: '2001:db8::1' }),
  peer('refused', 'a source address that is none', { sourceAddress: 'eth0' }),
  peer('taken', 'a router ID', { routerID: '10.0.0.1' }),
  peer('refused', 'a router ID of IPv6', { routerID: '2001:db8::1' }),
  peer('refused', 'a router ID of zeros', { routerID: '0.0.0.0' }),
  peer('refused', 'a password of 81 bytes', { password: 'ü'.repeat(40) + 'x' }),
  peer('taken', 'a password of 80 bytes', { password: 'ü'.repeat(40) }),
])

const peers: readonly Row[] = [
  oldPeer('taken', 'peerPort 0', { peerPort: 0 }),
  oldPeer('refused', 'a field of v1beta2', { dynamicASN: 'internal' }),
  oldPeer('refused', 'no address', { peerAddress: '' }),
  oldPeer('refused', 'peerASN 0', { peerASN: 0 }),
  peer('refused', 'peerPort 0', { peerPort: 0 }),
  peer('refused', 'both AS forms', { dynamicASN: 'external' }),
  row('BGPPeer', 'taken', 'a dynamic AS', { myASN: 1, dynamicASN: 'external', peerAddress: '192.0.2.1' }),
  row('BGPPeer', 'refused', 'neither AS form', { myASN: 1, peerAddress: '192.0.2.1' }),
  row('BGPPeer', 'refused', 'multihop to any router of our AS', {
    myASN: 1,
    dynamicASN: 'internal',
    peerAddress: '192.0.2.1',
    ebgpMultiHop: true,
  }),
  peer('refused', 'address and interface', { interface: 'eth0' }),
  row('BGPPeer', 'taken', 'an interface', { myASN: 1, peerASN: 2, interface: 'eth0' }),
  row('BGPPeer', 'refused', 'neither address nor interface', { myASN: 1, peerASN: 2 }),
  peer('taken', 'a connect time', { connectTime: '10s' }),
  peer('refused', 'a connect time of 0 s', { connectTime: '0s' }),
  peer('refused', 'a connect time of 1.5 s', { connectTime: '1500ms' }),
  peer('refused', 'a selector twice', { nodeSelectors: [{}, {}] }),
  peer('taken', 'a password Secret', { passwordSecret: { name: 'tor' } }),
  peer('refused', 'password and passwordSecret', { password: 'x', passwordSecret: { name: 'tor' } }),
  // A CEL rule does not see the namespace of the object it judges.
  peer('herald', "another namespace's Secret", { passwordSecret: { name: 'tor', namespace: 'default' } }),
]

const advertisements: readonly Row[] = [
  bgp('taken', 'everything', {
    aggregationLength: 24,
    aggregationLengthV6: 64,
    localPref: 4294967295,
    communities: ['65000:1', 'large:4294967295:0:1'],
  }),
  bgp('refused', 'aggregation to 0 bits', { aggregationLength: 0 }),
  bgp('refused', 'aggregation to 33 bits', { aggregationLength: 33 }),
  bgp('refused', 'IPv6 aggregation to 129 bits', { aggregationLengthV6: 129 }),
  bgp('refused', 'selectors and aggregation', { aggregationLength: 24, serviceSelectors: [{}] }),
  bgp('refused', 'selectors and IPv6 aggregation', { aggregationLengthV6: 64, serviceSelectors: [{}] }),
  bgp('refused', 'a local preference beyond 32 bits', { localPref: 4294967296 }),
  bgp('refused', 'a community beyond 16 bits', { communities: ['65000:65536'] }),
  bgp('refused', 'a community of three', { communities: ['1:2:3'] }),
  bgp('refused', 'a large one beyond 32 bits', { communities: ['large:1:2:4294967296'] }),
  bgp('refused', 'a large one without its word', { communities: ['1:2:3:4'] }),
  bgp('refused', 'a community twice', { communities: ['65000:1', '65000:1'] }),
  // Another object may define the name.
  bgp('herald', 'an alias nobody defines', { communities: ['no-export'] }),
  bgp('refused', 'a pool twice', { ipAddressPools: ['a', 'a'] }),
  bgp('refused', 'a peer twice', { peers: ['a', 'a'] }),
  l2('taken', 'nothing', {}),
  l2('taken', 'interfaces and preferences', {
    interfaces: ['eth0'],
    preferredNodeSelectors: [{ weight: 100, preference: {} }],
  }),
  l2('refused', 'a weight of 0', { preferredNodeSelectors: [{ weight: 0, preference: {} }] }),
  l2('refused', 'a weight without a preference', { preferredNodeSelectors: [{ weight: 1 }] }),
  row('Advertisement', 'taken', 'options', { announcer: 'l2', options: { interfaces: ['eth0'] } }),
  row('Advertisement', 'refused', 'no announcer', {}),
  // Only the plugin knows its options, and only Herald its plugins.
  row('Advertisement', 'herald', 'an option unknown to the plugin', { announcer: 'l2', options: { interface: 'eth0' } }),
  row('Advertisement', 'herald', 'an announcer nobody loaded', { announcer: 'smoke-signals' }),
]

const others: readonly Row[] = [
  row('BFDProfile', 'taken', 'nothing', {}),
  row('BFDProfile', 'taken', 'the bounds', { receiveInterval: 10, transmitInterval: 60000, detectMultiplier: 255 }),
  row('BFDProfile', 'refused', 'too fast', { receiveInterval: 9 }),
  row('BFDProfile', 'refused', 'a multiplier of 1', { detectMultiplier: 1 }),
  row('BFDProfile', 'refused', 'a TTL of 255', { minimumTtl: 255 }),
  row('Community', 'taken', 'both forms', {
    communities: [
      { name: 'a', value: '65535:65535' },
      { name: 'b', value: 'large:1:2:3' },
    ],
  }),
  row('Community', 'refused', 'a number', { communities: [{ name: 'a', value: '12345' }] }),
  row('Community', 'refused', 'a word', { communities: [{ name: 'a', value: 'large:1:2:x' }] }),
  row('Community', 'refused', 'a definition without a value', { communities: [{ name: 'a' }] }),
  row('Community', 'refused', 'a definition without a name', { communities: [{ value: '1:2' }] }),
  row('Community', 'refused', 'a name twice', {
    communities: [
      { name: 'a', value: '1:2' },
      { name: 'a', value: '1:3' },
    ],
  }),
]

export const rows: readonly Row[] = [...pools, ...selectors, ...timers, ...peers, ...advertisements, ...others]
