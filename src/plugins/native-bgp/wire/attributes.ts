/*
 * Path attributes: one row per attribute. What a malformed one means for the routes of its UPDATE is RFC 7606's
 * choice: `discard` the attribute, `withdraw` the routes, `reset` the session.
 */
import type { LargeCommunity } from '#core/bgp/community.ts'
import { addressFromBytes, bytesOf, ipv4ValueOf, type Address } from '#core/model/address.ts'
import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

import { decodeAsPath, encodeAsPath, leavesConfederation, type AsSegment } from './as-path.ts'
import { attributeCode, attributeFlag, origin, updateError } from './iana.ts'
import {
  decodeMpReach,
  decodeMpUnreach,
  encodeMpReach,
  encodeMpUnreach,
  type MpReach,
  type MpUnreach,
} from './mp-nlri.ts'

export interface AttributeValues {
  readonly origin: number
  readonly asPath: readonly AsSegment[]
  readonly nextHop: Address
  readonly med: number
  readonly localPref: number
  readonly atomicAggregate: true
  readonly aggregator: { readonly as: number; readonly address: Address }
  readonly communities: readonly number[]
  readonly originatorId: Address
  readonly clusterList: readonly Address[]
  readonly mpReach: MpReach
  readonly mpUnreach: MpUnreach
  readonly extendedCommunities: Uint8Array
  readonly as4Path: readonly AsSegment[]
  readonly as4Aggregator: { readonly as: number; readonly address: Address }
  readonly largeCommunities: readonly LargeCommunity[]
  readonly onlyToCustomer: number
}

export type AttributeName = keyof AttributeValues
export type Action = 'discard' | 'withdraw' | 'reset'

/** What the session's OPENs settled. */
export interface AttributeContext {
  /** Both sides speak RFC 6793. */
  readonly fourOctetAs: boolean
  /** The peer's AS is ours. */
  readonly internal: boolean
}

export interface AttributeRow<K extends AttributeName> {
  readonly code: number
  /** The optional and transitive bits it must have. */
  readonly flags: number
  readonly onFault: Action
  /** UPDATE error subcode, should the fault reset the session. */
  readonly subcode: number
  /** Discarded, whatever its value, when an external peer sends it. */
  readonly internalOnly?: true
  encode(writer: Writer, value: AttributeValues[K], context: AttributeContext): void
  /** `reader` holds the value alone. Undefined: malformed. */
  decode(reader: Reader, context: AttributeContext): AttributeValues[K] | undefined
}

/** RFC 4271 §6.3: what a host can have; not 0/8, 127/8, nor multicast and what is above it. */
function isHost(address: Address): boolean {
  const first = ipv4ValueOf(address) >>> 24
  return first !== 0 && first !== 127 && first < 224
}

const wellKnown = attributeFlag.transitive
const optional = attributeFlag.optional
const optionalTransitive = attributeFlag.optional | attributeFlag.transitive
const width = ({ fourOctetAs }: AttributeContext): 2 | 4 => (fourOctetAs ? 4 : 2)

export const attributeTable: { readonly [K in AttributeName]: AttributeRow<K> } = {
  // RFC 4271 §5.1.1; RFC 7606 §7.1
  origin: {
    code: attributeCode.origin,
    flags: wellKnown,
    onFault: 'withdraw',
    subcode: updateError.badOrigin,
    encode: (writer, value) => writer.u8(value),
    decode: (reader) => {
      const value = reader.remaining === 1 ? reader.u8() : undefined
      return value !== undefined && value <= origin.incomplete ? value : undefined
    },
  },
  // RFC 4271 §5.1.2; RFC 7606 §7.2
  asPath: {
    code: attributeCode.asPath,
    flags: wellKnown,
    onFault: 'withdraw',
    subcode: updateError.badAsPath,
    encode: (writer, value, context) => encodeAsPath(writer, value, width(context)),
    decode: (reader, context) => {
      const path = decodeAsPath(reader, width(context))
      return path !== undefined && !context.internal && leavesConfederation(path) ? undefined : path
    },
  },
  // RFC 4271 §5.1.3; RFC 7606 §7.3
  nextHop: {
    code: attributeCode.nextHop,
    flags: wellKnown,
    onFault: 'withdraw',
    subcode: updateError.badNextHop,
    encode: encodeAddress,
    decode: (reader) => {
      const address = decodeAddress(reader)
      return address !== undefined && isHost(address) ? address : undefined
    },
  },
  // RFC 4271 §5.1.4; RFC 7606 §7.4
  med: { ...uint32(attributeCode.med), flags: optional },
  // RFC 4271 §5.1.5; RFC 7606 §7.5
  localPref: { ...uint32(attributeCode.localPref), flags: wellKnown, internalOnly: true },
  // RFC 4271 §5.1.6; RFC 7606 §7.6
  atomicAggregate: {
    code: attributeCode.atomicAggregate,
    flags: wellKnown,
    onFault: 'discard',
    subcode: updateError.attributeLength,
    encode: () => {},
    decode: (reader) => (reader.remaining === 0 ? true : undefined),
  },
  // RFC 4271 §5.1.7; RFC 7606 §7.7
  aggregator: {
    code: attributeCode.aggregator,
    flags: optionalTransitive,
    onFault: 'discard',
    subcode: updateError.attributeLength,
    encode: (writer, { as, address }, context) =>
      (context.fourOctetAs ? writer.u32(as) : writer.u16(as)).bytes(bytesOf(address)),
    decode: (reader, context) => {
      if (reader.remaining !== width(context) + 4) return undefined
      const as = context.fourOctetAs ? reader.u32() : reader.u16()
      return { as, address: addressFromBytes(reader.rest()) }
    },
  },
  // RFC 1997; RFC 7606 §7.8
  communities: {
    code: attributeCode.communities,
    flags: optionalTransitive,
    onFault: 'withdraw',
    subcode: updateError.badOptional,
    encode: (writer, value) => value.forEach((community) => writer.u32(community)),
    decode: (reader) => repeated(reader, 4, () => reader.u32()),
  },
  // RFC 4456 §8; RFC 7606 §7.9
  originatorId: {
    code: attributeCode.originatorId,
    flags: optional,
    onFault: 'withdraw',
    subcode: updateError.badOptional,
    internalOnly: true,
    encode: encodeAddress,
    decode: decodeAddress,
  },
  // RFC 4456 §8; RFC 7606 §7.10
  clusterList: {
    code: attributeCode.clusterList,
    flags: optional,
    onFault: 'withdraw',
    subcode: updateError.badOptional,
    internalOnly: true,
    encode: (writer, value) => value.forEach((id) => writer.bytes(bytesOf(id))),
    decode: (reader) => repeated(reader, 4, () => addressFromBytes(reader.bytes(4))),
  },
  // RFC 4760 §3; RFC 7606 §7.11
  mpReach: {
    code: attributeCode.mpReach,
    flags: optional,
    onFault: 'reset',
    subcode: updateError.badOptional,
    encode: encodeMpReach,
    decode: decodeMpReach,
  },
  // RFC 4760 §4; RFC 7606 §7.12
  mpUnreach: {
    code: attributeCode.mpUnreach,
    flags: optional,
    onFault: 'reset',
    subcode: updateError.badOptional,
    encode: encodeMpUnreach,
    decode: decodeMpUnreach,
  },
  // RFC 4360; RFC 7606 §7.14
  extendedCommunities: {
    code: attributeCode.extendedCommunities,
    flags: optionalTransitive,
    onFault: 'withdraw',
    subcode: updateError.badOptional,
    encode: (writer, value) => writer.bytes(value),
    decode: (reader) =>
      reader.remaining > 0 && reader.remaining % 8 === 0 ? reader.rest().slice() : undefined,
  },
  // RFC 6793 §6: malformed ones are discarded.
  as4Path: {
    code: attributeCode.as4Path,
    flags: optionalTransitive,
    onFault: 'discard',
    subcode: updateError.badOptional,
    encode: (writer, value) => encodeAsPath(writer, value, 4),
    decode: (reader) => (reader.remaining === 0 ? undefined : decodeAsPath(reader, 4)),
  },
  // RFC 6793 §6
  as4Aggregator: {
    code: attributeCode.as4Aggregator,
    flags: optionalTransitive,
    onFault: 'discard',
    subcode: updateError.badOptional,
    encode: (writer, { as, address }) => writer.u32(as).bytes(bytesOf(address)),
    decode: (reader) =>
      reader.remaining === 8 ? { as: reader.u32(), address: addressFromBytes(reader.rest()) } : undefined,
  },
  // RFC 8092 §3, §5
  largeCommunities: {
    code: attributeCode.largeCommunities,
    flags: optionalTransitive,
    onFault: 'withdraw',
    subcode: updateError.badOptional,
    encode: (writer, value) => {
      for (const [administrator, local1, local2] of value) writer.u32(administrator).u32(local1).u32(local2)
    },
    decode: (reader) => repeated(reader, 12, () => [reader.u32(), reader.u32(), reader.u32()] as const),
  },
  // RFC 9234 §5
  onlyToCustomer: { ...uint32(attributeCode.onlyToCustomer), flags: optionalTransitive },
}

function uint32(code: number): Omit<AttributeRow<'med'>, 'flags'> {
  return {
    code,
    onFault: 'withdraw',
    subcode: updateError.attributeLength,
    encode: (writer, value) => writer.u32(value),
    decode: (reader) => (reader.remaining === 4 ? reader.u32() : undefined),
  }
}

function encodeAddress(writer: Writer, value: Address): void {
  writer.bytes(bytesOf(value))
}

function decodeAddress(reader: Reader): Address | undefined {
  return reader.remaining === 4 ? addressFromBytes(reader.rest()) : undefined
}

/** One or more values of `size` octets each; undefined when they do not fill the reader exactly. */
function repeated<T>(reader: Reader, size: number, read: () => T): T[] | undefined {
  if (reader.remaining === 0 || reader.remaining % size !== 0) return undefined
  const values: T[] = []
  while (reader.remaining > 0) values.push(read())
  return values
}
