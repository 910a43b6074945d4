/* What else comes in from outside: neighbours on the link, the kernel, the daemons beside us, the other nodes. */
import type { BootId } from '#core/membership/boot.ts'
import { decodeMessage, encodeMessage, type Mac } from '#core/membership/codec.ts'
import type { Note } from '#core/membership/message.ts'
import { milliseconds } from '#core/model/duration.ts'
import { parsePrefix, prefixText } from '#core/bgp/prefix.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { decodeDatagram, DUMP_ADDRESSES, DUMP_LINKS, dumpRequest } from '#platform/linux/netlink/messages.ts'
import { readBfdPeers, readNeighbors } from '#plugins/frr/reports.ts'
import { VtyDecoder } from '#plugins/frr/wire/vty-reply.ts'
import {
  decodeDiscovery,
  encodeAdvertisement as routerDiscovery,
  encodeSolicitation,
} from '#plugins/native-bgp/wire/router-discovery.ts'
import { v3, v4 } from '#plugins/gobgp/wire/dialect.ts'
import { globalHolder, peer, watchEvent } from '#plugins/gobgp/wire/messages.ts'
import { decode, encode } from '#plugins/gobgp/wire/protobuf.ts'
import { decodeArp, encodeArp } from '#plugins/l2/wire/arp.ts'
import { icmp6Checksum } from '#plugins/l2/wire/checksum.ts'
import { decodeNdp, encodeAdvertisement } from '#plugins/l2/wire/ndp.ts'

import { addressBody, concat, linkBody, message } from '../platform/linux/netlink/encode.ts'
import { must, type FuzzTarget } from './target.ts'

const ip = (text: string): Address => parseAddress(text) as Address
const [macA, macB] = [Uint8Array.of(2, 0, 0, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 0, 2)]
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const arp: FuzzTarget = {
  name: 'ARP frame',
  corpus: (['request', 'reply'] as const).map((operation) =>
    encodeArp({
      destination: macB,
      source: macA,
      operation,
      sender: { mac: macA, address: ip('192.0.2.1') },
      target: { mac: macB, address: ip('192.0.2.2') },
    }),
  ),
  take({ bytes, intact }) {
    const frame = decodeArp(bytes)
    if (typeof frame === 'string') {
      must(!intact, `a valid frame is ${frame}`)
      return false
    }
    must(Buffer.from(encodeArp(frame)).equals(bytes.subarray(0, 42)), 'sent again it is another frame')
    return true
  },
}

const advertisement = {
  kind: 'advertisement',
  source: ip('fe80::1'),
  destination: ip('fe80::2'),
  target: ip('2001:db8::1'),
  router: false,
  solicited: true,
  override: true,
  mac: macA,
} as const
const frame = encodeAdvertisement(advertisement, { source: macA, destination: macB })

/** Every other frame gets a fitting checksum, or hardly any would be read further. */
const ndp: FuzzTarget = {
  name: 'NDP frame',
  corpus: [
    frame,
    encodeAdvertisement({ ...advertisement, solicited: false }, { source: macA, destination: macB }),
  ],
  take({ bytes, intact, salt }) {
    if (salt % 2 === 0 && bytes.length > 58) seal(bytes)
    const found = decodeNdp(bytes)
    if (typeof found === 'string') must(!intact, `a valid frame is ${found}`)
    return typeof found !== 'string'
  },
}

function seal(bytes: Uint8Array): void {
  const [from, to] = [bytes.subarray(22, 38), bytes.subarray(38, 54)]
  const length = (bytes[18] ?? 0) * 256 + (bytes[19] ?? 0)
  const payload = bytes.subarray(54, 54 + length)
  if (from.length < 16 || to.length < 16 || payload.length < 4) return
  payload[2] = payload[3] = 0
  const text = (half: Uint8Array): Address =>
    ip(
      Array.from({ length: 8 }, (_, i) =>
        ((half[2 * i] ?? 0) * 256 + (half[2 * i + 1] ?? 0)).toString(16),
      ).join(':'),
    )
  const sum = icmp6Checksum(text(from), text(to), payload)
  payload[2] = sum >>> 8
  payload[3] = sum
}

const netlink: FuzzTarget = {
  name: 'netlink datagram',
  corpus: [...linkMessages(), dumpRequest(DUMP_LINKS, 1), dumpRequest(DUMP_ADDRESSES, 2)],
  take({ bytes, intact }) {
    const messages = decodeDatagram(bytes)
    must(messages.length <= 1 + bytes.length / 16, 'more messages than fit')
    const broken = messages.some(({ kind }) => kind === 'malformed')
    must(!intact || !broken, 'a valid datagram is malformed')
    return !broken
  },
}

/** A link and an address as the kernel tells of them, alone and together. */
function linkMessages(): Uint8Array[] {
  const link = message(16, 1, linkBody({ index: 2, name: 'eth0', flags: 0x1043, mac: [...macA] }))
  const address = message(20, 1, addressBody(2, ip('192.0.2.1'), 24))
  return [link, address, concat([link, address])]
}

const report = {
  '172.16.1.11': {
    bgpState: 'Established',
    lastResetDueTo: 'No path to specified Neighbor',
    messageStats: { updatesSent: 4, updatesRecv: 1 },
    neighborCapabilities: { multiprotocolExtensions: { ipv4Unicast: { advertisedAndReceived: true } } },
    addressFamilyInfo: { ipv4Unicast: { sentPrefixCounter: 3 } },
  },
}
const bfdReport = [{ peer: '172.16.1.11', status: 'up', vrf: 'default' }]
const reply = (text: string, status: number): Uint8Array =>
  new TextEncoder().encode(`${text}\0\0\0${String.fromCharCode(status)}`)

const vty: FuzzTarget = {
  name: 'vty reply',
  corpus: [
    reply(JSON.stringify(report), 0),
    reply(JSON.stringify(bfdReport), 0),
    reply('% Unknown command: nonsense', 2),
    reply('', 0),
  ],
  take({ bytes, intact, salt }) {
    const replies = new VtyDecoder().push(bytes)
    const pieces = new VtyDecoder()
    const at = salt % (bytes.length + 1)
    must(
      same(replies, [...pieces.push(bytes.subarray(0, at)), ...pieces.push(bytes.subarray(at))]),
      `cut at ${at} it is another reply`,
    )
    must(!intact || replies.length === 1, 'a valid reply is none')
    for (const { text } of replies) {
      readNeighbors(text)
      readBfdPeers(text)
    }
    return replies.length > 0
  },
}

const path = { prefix: parsePrefix('192.0.2.0/24') ?? failed(), key: '192.0.2.0/24', mark: 7 }
const neighbour = {
  conf: {
    authPassword: '',
    description: 'tor',
    localAsn: 64_500,
    neighborAddress: '192.0.2.1',
    peerAsn: 64_501,
  },
  state: { sessionState: 6, disconnectMessage: 'bye', remoteCapabilities: [Uint8Array.of(1, 2, 3)] },
  families: [],
}
const protobufTypes = [peer, watchEvent, globalHolder] as const

const gobgp: FuzzTarget = {
  name: 'gobgp message',
  corpus: [
    v3.encodePath(path, false),
    v4.encodePath(path, false),
    encode(peer, neighbour as never),
    encode(watchEvent, { peer: { peer: neighbour } }),
    encode(globalHolder, { global: { asn: 64_500, routerId: '192.0.2.9', listenPort: -1 } }),
  ],
  take({ bytes }) {
    const paths = [v3.decodePath(bytes), v4.decodePath(bytes)].filter((one) => one !== undefined)
    for (const one of paths) must(one.key === prefixText(one.prefix), 'a path under another name')
    const read = protobufTypes.map((type) => decode(type as never, bytes))
    return paths.length > 0 || read.some((one) => one !== undefined)
  },
}

function failed(): never {
  throw new Error('no prefix')
}

/** Solicitations and advertisements, the latter with options as routers send them: link-layer address, MTU, prefix. */
const discovery: FuzzTarget = {
  name: 'router discovery',
  corpus: [
    encodeSolicitation(),
    routerDiscovery(),
    concat([routerDiscovery(), Uint8Array.of(1, 1, ...macA), Uint8Array.of(5, 1, 0, 0, 0, 0, 5, 0xdc)]),
    concat([routerDiscovery(), Uint8Array.of(3, 4, 64, 0xc0, ...Array<number>(28).fill(1))]),
  ],
  take({ bytes, intact }) {
    const decoded = decodeDiscovery(bytes)
    if (typeof decoded !== 'string') return true
    must(!intact, `a valid message is ${decoded}`)
    return false
  },
}

/** Quick to compute; the real one is a hash with a key. */
const sum: Mac = (signed) => {
  const mac = new Uint8Array(32)
  for (const [index, byte] of signed.entries()) mac[index & 31] = ((mac[index & 31] ?? 0) * 31 + byte) & 255
  return mac
}
const boot = '0123456789abcdef' as BootId
const notes: readonly Note[] = [
  { type: 'query', about: 'node-b', boot },
  { type: 'dead', about: 'node-c', boot, age: milliseconds(350) },
  { type: 'healed' },
  {
    type: 'claims',
    whole: true,
    claims: [{ address: ip('192.0.2.1'), counter: 7, state: 'offered', to: 'node-b' }],
  },
  { type: 'dropped', addresses: [ip('2001:db8::1')] },
  { type: 'epochs', node: 'node-b', epochs: [{ address: ip('192.0.2.2'), counter: 3 }] },
  { type: 'returns', node: 'node-b', ages: [milliseconds(90_000), milliseconds(400)] },
  { type: 'sync' },
]
const beats = (['listening', 'active', 'resuming', 'leaving'] as const).map((standing, index) =>
  encodeMessage(
    {
      from: `node-${index}`,
      boot,
      echo: '0'.repeat(16) as BootId,
      sequence: 41 + index,
      standing,
      deaf: index === 2,
      ask: 1,
      answer: 2,
      digest: 3,
      notes: index === 1 ? notes : [],
    },
    sum,
  ),
)

/** Every other one is signed, as by a member that errs. */
const beat: FuzzTarget = {
  name: 'heartbeat',
  corpus: beats,
  take({ bytes, intact, salt }) {
    if (salt % 2 === 0 && bytes.length > 32) bytes.set(sum(bytes.subarray(0, -32)), bytes.length - 32)
    const decoded = decodeMessage(bytes, [sum])
    must(!intact || decoded.ok, 'a valid message is refused')
    return decoded.ok
  },
}

export const otherTargets: readonly FuzzTarget[] = [arp, ndp, netlink, vty, gobgp, beat, discovery]
