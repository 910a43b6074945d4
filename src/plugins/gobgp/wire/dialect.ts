/* The two versions of GoBGP's API: what they call themselves, how they number things, how they wrap paths. */
import { parsePrefix, prefixText, type Prefix } from '#core/bgp/prefix.ts'
import { parseAddress, type Family } from '#core/model/address.ts'

import type { MarkedPath } from '../client.ts'
import { markAdministrator } from '../marks.ts'
import {
  any,
  family as familyMessage,
  largeCommunities,
  localPref as localPrefMessage,
  nextHop,
  origin,
  prefix as prefixMessage,
  type FamilyNumbers,
  type LargeCommunity,
} from './messages.ts'
import { bool, decode, encode, many, message, nested, text, type Draft, type Message } from './protobuf.ts'

export interface Dialect {
  readonly version: 'v3' | 'v4'
  readonly service: string
  readonly enums: {
    readonly globalTable: number
    readonly prefixSet: number
    readonly neighborSet: number
    readonly largeCommunitySet: number
    readonly matchAny: number
    readonly matchOutside: number
    readonly replace: number
  }
  /** `withdraw`: the path is to leave the table. */
  encodePath(path: MarkedPath, withdraw: boolean): Uint8Array
  /** Undefined for a path that is not ours. */
  decodePath(bytes: Uint8Array): MarkedPath | undefined
  /** The families a peer's capabilities offer. */
  families(capabilities: readonly Uint8Array[]): Family[]
}

export const accept = 1
export const reject = 2
export const directions = { import: 1, export: 2 } as const

export function familyNumbers(family: Family): FamilyNumbers {
  return { afi: family === 'IPv4' ? 1 : 2, safi: 1 }
}

function familyOfNumbers({ afi, safi }: FamilyNumbers): Family[] {
  return safi !== 1 ? [] : afi === 1 ? ['IPv4'] : afi === 2 ? ['IPv6'] : []
}

/** Both versions of a path have these; the wrapping of `W` and `A` differs. */
interface PathFrame<W, A> {
  readonly nlri: W | undefined
  readonly attributes: readonly A[]
  readonly isWithdraw: boolean
  readonly family: FamilyNumbers | undefined
  readonly neighborIp: string
}

function pathFrame<W, A>(wrapped: Message<W>, attribute: Message<A>): Message<PathFrame<W, A>> {
  return message<PathFrame<W, A>>({
    nlri: nested(1, wrapped),
    attributes: many(2, attribute),
    isWithdraw: bool(5),
    family: nested(9, familyMessage),
    neighborIp: text(15),
  })
}

/** The next hop of a path that gobgpd replaces by the session's own address. */
function ownNextHop(family: Family): string {
  return family === 'IPv4' ? '0.0.0.0' : '::'
}

function markOf(communities: readonly LargeCommunity[]): number | undefined {
  return communities.find(({ globalAdministrator }) => globalAdministrator === markAdministrator)?.local2
}

function marked(mark: number): { readonly communities: readonly LargeCommunity[] } {
  return { communities: [{ globalAdministrator: markAdministrator, local1: 0, local2: mark }] }
}

/** A path of a neighbour is not ours, whatever it is marked with. */
function fromNeighbor(neighborIp: string): boolean {
  return parseAddress(neighborIp) !== undefined
}

function pathOf(
  nlri: { readonly address: string; readonly length: number } | undefined,
  mark: number | undefined,
): MarkedPath | undefined {
  const prefix = nlri && parsePrefix(`${nlri.address}/${nlri.length}`)
  return prefix === undefined || mark === undefined ? undefined : { prefix, key: prefixText(prefix), mark }
}

function wirePrefix({ address, length }: Prefix): { readonly address: string; readonly length: number } {
  return { address, length }
}

interface Any {
  readonly typeUrl: string
  readonly value: Uint8Array
}

const typePrefix = 'type.googleapis.com/apipb.'
const pathV3 = pathFrame(any, any)

function wrap<T>(name: string, type: Message<T>, draft: Draft<T>): Any {
  return { typeUrl: `${typePrefix}${name}`, value: encode(type, draft) }
}

function unwrap<T>(name: string, type: Message<T>, { typeUrl, value }: Any): T | undefined {
  return typeUrl === `${typePrefix}${name}` ? decode(type, value) : undefined
}

/** GoBGP 3: everything that may be of several kinds is a google.protobuf.Any. */
export const v3: Dialect = {
  version: 'v3',
  service: 'apipb.GobgpApi',
  enums: {
    globalTable: 0,
    prefixSet: 0,
    neighborSet: 1,
    largeCommunitySet: 6,
    matchAny: 0,
    matchOutside: 2,
    replace: 2,
  },
  encodePath({ prefix, mark, localPref }, withdraw) {
    return encode(pathV3, {
      nlri: wrap('IPAddressPrefix', prefixMessage, wirePrefix(prefix)),
      attributes: [
        wrap('OriginAttribute', origin, { origin: 0 }),
        wrap('NextHopAttribute', nextHop, { nextHop: ownNextHop(prefix.family) }),
        ...(localPref === undefined ? [] : [wrap('LocalPrefAttribute', localPrefMessage, { localPref })]),
        wrap('LargeCommunitiesAttribute', largeCommunities, marked(mark)),
      ],
      isWithdraw: withdraw,
      family: familyNumbers(prefix.family),
    })
  },
  decodePath(bytes) {
    const path = decode(pathV3, bytes)
    if (path?.nlri === undefined || fromNeighbor(path.neighborIp)) return undefined
    const communities = path.attributes.flatMap(
      (attribute) => unwrap('LargeCommunitiesAttribute', largeCommunities, attribute)?.communities ?? [],
    )
    return pathOf(unwrap('IPAddressPrefix', prefixMessage, path.nlri), markOf(communities))
  },
  families(capabilities) {
    return capabilities.flatMap((bytes) => {
      const capability = decode(any, bytes)
      const multi = capability && unwrap('MultiProtocolCapability', multiProtocol, capability)
      return multi?.family === undefined ? [] : familyOfNumbers(multi.family)
    })
  },
}

const multiProtocol: Message<{ family: FamilyNumbers | undefined }> = message({
  family: nested(1, familyMessage),
})

interface AttributeV4 {
  readonly origin: { readonly origin: number } | undefined
  readonly nextHop: { readonly nextHop: string } | undefined
  readonly localPref: { readonly localPref: number } | undefined
  readonly largeCommunities: { readonly communities: readonly LargeCommunity[] } | undefined
}

const attributeV4: Message<AttributeV4> = message<AttributeV4>({
  origin: nested(2, origin),
  nextHop: nested(4, nextHop),
  localPref: nested(6, localPrefMessage),
  largeCommunities: nested(21, largeCommunities),
})
const pathV4 = pathFrame(message({ prefix: nested(1, prefixMessage) }), attributeV4)
const capabilityV4 = message({ multiProtocol: nested(2, multiProtocol) })

/** GoBGP 4: what may be of several kinds is a oneof, and every enum begins with "unspecified". */
export const v4: Dialect = {
  version: 'v4',
  service: 'api.GoBgpService',
  enums: {
    globalTable: 1,
    prefixSet: 1,
    neighborSet: 2,
    largeCommunitySet: 7,
    matchAny: 1,
    matchOutside: 3,
    replace: 3,
  },
  encodePath({ prefix, mark, localPref }, withdraw) {
    return encode(pathV4, {
      nlri: { prefix: wirePrefix(prefix) },
      attributes: [
        { origin: { origin: 0 } },
        { nextHop: { nextHop: ownNextHop(prefix.family) } },
        ...(localPref === undefined ? [] : [{ localPref: { localPref } }]),
        { largeCommunities: marked(mark) },
      ],
      isWithdraw: withdraw,
      family: familyNumbers(prefix.family),
    })
  },
  decodePath(bytes) {
    const path = decode(pathV4, bytes)
    if (path === undefined || fromNeighbor(path.neighborIp)) return undefined
    const communities = path.attributes.flatMap(({ largeCommunities: all }) => all?.communities ?? [])
    return pathOf(path.nlri?.prefix, markOf(communities))
  },
  families(capabilities) {
    return capabilities.flatMap((bytes) => {
      const multi = decode(capabilityV4, bytes)?.multiProtocol
      return multi?.family === undefined ? [] : familyOfNumbers(multi.family)
    })
  },
}
