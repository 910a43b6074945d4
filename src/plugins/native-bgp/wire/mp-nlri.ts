/* The values of MP_REACH_NLRI and MP_UNREACH_NLRI. */
import type { Prefix } from '#core/bgp/prefix.ts'
import { addressFromBytes, bytesOf, type Address, type Family } from '#core/model/address.ts'
import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

import { afi, safi as safiNumber } from './iana.ts'
import { decodePrefixes, encodePrefix } from './nlri.ts'

export interface MpReach {
  readonly afi: number
  readonly safi: number
  /** One address, or an IPv6 global one followed by the link-local one (RFC 2545 §3); empty if not unicast. */
  readonly nextHops: readonly Address[]
  /** Bytes where the family is none of ours. */
  readonly nlri: readonly Prefix[] | Uint8Array
}

export interface MpUnreach {
  readonly afi: number
  readonly safi: number
  /** Empty with an empty UPDATE around it: End-of-RIB (RFC 4724 §2). */
  readonly withdrawn: readonly Prefix[] | Uint8Array
}

/** The family whose unicast prefixes `afi` and `safi` mean. */
export function unicastFamily(number: number, safi: number): Family | undefined {
  if (safi !== safiNumber.unicast) return undefined
  return number === afi.IPv4 ? 'IPv4' : number === afi.IPv6 ? 'IPv6' : undefined
}

/*
 * +-----------------------------------------------------+
 * | Address Family Identifier (2 octets)                |   RFC 4760 §3
 * | Subsequent Address Family Identifier (1 octet)      |
 * | Length of Next Hop (1 octet), Next Hop              |
 * | Reserved (1 octet)                                  |
 * | Network Layer Reachability Information (variable)   |
 * +-----------------------------------------------------+
 */
export function encodeMpReach(writer: Writer, { afi, safi, nextHops, nlri }: MpReach): void {
  writer.u16(afi).u8(safi)
  writer.counted(1, (hop) => {
    for (const address of nextHops) hop.bytes(bytesOf(address))
  })
  writer.u8(0)
  encodeNlri(writer, nlri)
}

export function decodeMpReach(reader: Reader): MpReach | undefined {
  const [afi, safi] = [reader.u16(), reader.u8()]
  const hop = reader.bytes(reader.u8())
  reader.u8()
  if (reader.overrun) return undefined
  const family = unicastFamily(afi, safi)
  if (family === undefined) return { afi, safi, nextHops: [], nlri: reader.rest().slice() }
  const nextHops = decodeNextHops(hop, family)
  const nlri = decodePrefixes(reader, family)
  return nextHops && nlri && { afi, safi, nextHops, nlri }
}

/*
 * +-----------------------------------------------------+
 * | Address Family Identifier (2 octets)                |   RFC 4760 §4
 * | Subsequent Address Family Identifier (1 octet)      |
 * | Withdrawn routes (variable)                         |
 * +-----------------------------------------------------+
 */
export function encodeMpUnreach(writer: Writer, { afi, safi, withdrawn }: MpUnreach): void {
  encodeNlri(writer.u16(afi).u8(safi), withdrawn)
}

export function decodeMpUnreach(reader: Reader): MpUnreach | undefined {
  const [afi, safi] = [reader.u16(), reader.u8()]
  if (reader.overrun) return undefined
  const family = unicastFamily(afi, safi)
  const withdrawn = family === undefined ? reader.rest().slice() : decodePrefixes(reader, family)
  return withdrawn && { afi, safi, withdrawn }
}

function encodeNlri(writer: Writer, nlri: readonly Prefix[] | Uint8Array): void {
  if (nlri instanceof Uint8Array) writer.bytes(nlri)
  else for (const prefix of nlri) encodePrefix(writer, prefix)
}

/** RFC 4760 §3, RFC 2545 §3; IPv4 routes may have IPv6 next hops (RFC 8950 §3). */
function decodeNextHops(bytes: Uint8Array, family: Family): Address[] | undefined {
  if (bytes.length === 4) return family === 'IPv4' ? [addressFromBytes(bytes)] : undefined
  if (bytes.length !== 16 && bytes.length !== 32) return undefined
  const halves = [bytes.subarray(0, 16), bytes.subarray(16)]
  return halves.filter((half) => half.length === 16).map(addressFromBytes)
}
