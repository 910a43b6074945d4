import { Writer } from '#core/wire/writer.ts'

import { asTrans } from './iana.ts'

/** Octets per second that stand for one endpoint: a megabit per second, which routers print as 1. */
export const perEndpoint = 125_000

/** Two-octet AS specific, transitive or not (RFC 4360 §3.1, RFC 7153 §5.2). */
const kind = { transitive: 0x00, nonTransitive: 0x40 } as const
const linkBandwidthSubtype = 0x04

interface Ends {
  readonly negotiated: { readonly internal: boolean; readonly localAs: number }
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      | Subtype 0x04  |   AS number, AS_TRANS if longer   |   draft-ietf-idr-link-bandwidth §2
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Octets per second, IEEE 754 single precision           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Transitive towards other ASes: routers drop a non-transitive one at their border (RFC 4360 §6).
 */
export function linkBandwidth(endpoints: number, { negotiated: { internal, localAs } }: Ends): Uint8Array {
  const bandwidth = new DataView(new ArrayBuffer(4))
  bandwidth.setFloat32(0, endpoints * perEndpoint)
  return new Writer(8)
    .u8(internal ? kind.nonTransitive : kind.transitive)
    .u8(linkBandwidthSubtype)
    .u16(localAs > 0xffff ? asTrans : localAs)
    .bytes(new Uint8Array(bandwidth.buffer))
    .take()
}
