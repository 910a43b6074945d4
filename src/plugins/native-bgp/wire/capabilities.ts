import { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

import { capabilityCode } from './iana.ts'

/** What one side of a session can do. @see RFC 5492 §4 */
export type Capability =
  | { readonly kind: 'multiprotocol'; readonly afi: number; readonly reserved: number; readonly safi: number }
  | { readonly kind: 'routeRefresh' }
  | { readonly kind: 'extendedNextHop'; readonly entries: readonly NextHopEntry[] }
  | { readonly kind: 'extendedMessage' }
  | { readonly kind: 'role'; readonly role: number }
  | {
      readonly kind: 'gracefulRestart'
      readonly flagsAndTime: number
      readonly families: readonly RestartFamily[]
    }
  | { readonly kind: 'enhancedRouteRefresh' }
  | { readonly kind: 'fourOctetAs'; readonly as: number }
  | { readonly kind: 'unknown'; readonly code: number; readonly value: Uint8Array }

/** Routes of `afi`/`safi` may have next hops of `nextHopAfi`. @see RFC 8950 §4 */
export interface NextHopEntry {
  readonly afi: number
  readonly safi: number
  readonly nextHopAfi: number
}

/** A family whose forwarding may survive a restart. @see RFC 4724 §3 */
export interface RestartFamily {
  readonly afi: number
  readonly safi: number
  readonly flags: number
}

type Known = Exclude<Capability, { kind: 'unknown' }>

interface Row<C extends Known> {
  readonly code: number
  encode(writer: Writer, capability: C): void
  /** `reader` holds the value alone. Undefined: not of this shape, kept as unknown. */
  decode(reader: Reader): C | undefined
}

const table: { readonly [K in Known['kind']]: Row<Extract<Known, { kind: K }>> } = {
  // RFC 4760 §8: AFI, a reserved octet, SAFI.
  multiprotocol: {
    code: capabilityCode.multiprotocol,
    encode: (writer, { afi, reserved, safi }) => writer.u16(afi).u8(reserved).u8(safi),
    decode: (reader) =>
      reader.remaining === 4
        ? { kind: 'multiprotocol', afi: reader.u16(), reserved: reader.u8(), safi: reader.u8() }
        : undefined,
  },
  // RFC 2918 §2: empty.
  routeRefresh: {
    code: capabilityCode.routeRefresh,
    encode: () => {},
    decode: (reader) => (reader.remaining === 0 ? { kind: 'routeRefresh' } : undefined),
  },
  // RFC 8950 §4: any number of (AFI, SAFI in two octets, AFI of the next hop).
  extendedNextHop: {
    code: capabilityCode.extendedNextHop,
    encode: (writer, { entries }) => {
      for (const { afi, safi, nextHopAfi } of entries) writer.u16(afi).u16(safi).u16(nextHopAfi)
    },
    decode: (reader) => {
      if (reader.remaining % 6 !== 0) return undefined
      const entries: NextHopEntry[] = []
      while (reader.remaining > 0) {
        entries.push({ afi: reader.u16(), safi: reader.u16(), nextHopAfi: reader.u16() })
      }
      return { kind: 'extendedNextHop', entries }
    },
  },
  // RFC 8654 §3: empty.
  extendedMessage: {
    code: capabilityCode.extendedMessage,
    encode: () => {},
    decode: (reader) => (reader.remaining === 0 ? { kind: 'extendedMessage' } : undefined),
  },
  // RFC 4724 §3: flags (4 bits) and restart time (12 bits), then (AFI, SAFI, flags) for each family.
  gracefulRestart: {
    code: capabilityCode.gracefulRestart,
    encode: (writer, { flagsAndTime, families }) => {
      writer.u16(flagsAndTime)
      for (const { afi, safi, flags } of families) writer.u16(afi).u8(safi).u8(flags)
    },
    decode: (reader) => {
      if (reader.remaining % 4 !== 2) return undefined
      const flagsAndTime = reader.u16()
      const families: RestartFamily[] = []
      while (reader.remaining > 0) {
        families.push({ afi: reader.u16(), safi: reader.u8(), flags: reader.u8() })
      }
      return { kind: 'gracefulRestart', flagsAndTime, families }
    },
  },
  // RFC 9234 §4.1: one octet.
  role: {
    code: capabilityCode.role,
    encode: (writer, { role }) => writer.u8(role),
    decode: (reader) => (reader.remaining === 1 ? { kind: 'role', role: reader.u8() } : undefined),
  },
  // RFC 7313 §3.1: empty.
  enhancedRouteRefresh: {
    code: capabilityCode.enhancedRouteRefresh,
    encode: () => {},
    decode: (reader) => (reader.remaining === 0 ? { kind: 'enhancedRouteRefresh' } : undefined),
  },
  // RFC 6793 §3: the AS in four octets.
  fourOctetAs: {
    code: capabilityCode.fourOctetAs,
    encode: (writer, { as }) => writer.u32(as),
    decode: (reader) => (reader.remaining === 4 ? { kind: 'fourOctetAs', as: reader.u32() } : undefined),
  },
}

const byCode = new Map<number, Row<Known>>(Object.values(table).map((row) => [row.code, row]))

/*
 * +------------------------------+
 * | Capability code (1 octet)    |   RFC 5492 §4
 * +------------------------------+
 * | Capability length (1 octet)  |
 * +------------------------------+
 * | Capability value (variable)  |
 * +------------------------------+
 */
export function encodeCapability(writer: Writer, capability: Capability): void {
  if (capability.kind === 'unknown') {
    writer.u8(capability.code).counted(1, (value) => value.bytes(capability.value))
    return
  }
  const row: Row<Known> = table[capability.kind]
  writer.u8(row.code).counted(1, (value) => row.encode(value, capability))
}

/** The capabilities of one optional parameter; undefined when a length runs over its end. */
export function decodeCapabilities(reader: Reader): Capability[] | undefined {
  const capabilities: Capability[] = []
  while (reader.remaining > 0) {
    const code = reader.u8()
    const value = reader.bytes(reader.u8())
    if (reader.overrun) return undefined
    // A known capability of a wrong shape is as good as one we do not know.
    const known = byCode.get(code)?.decode(new Reader(value))
    capabilities.push(known ?? { kind: 'unknown', code, value: value.slice() })
  }
  return capabilities
}
