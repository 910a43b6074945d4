/* The path attributes field of an UPDATE, by way of the table. */
import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'

import {
  attributeTable,
  type Action,
  type AttributeContext,
  type AttributeName,
  type AttributeRow,
  type AttributeValues,
} from './attributes.ts'
import { attributeFlag, updateError } from './iana.ts'

export type KnownAttribute = {
  readonly [K in AttributeName]: {
    readonly name: K
    /** The octet as on the wire; `extendedLength` is forced where the value needs it. */
    readonly flags: number
    readonly value: AttributeValues[K]
  }
}[AttributeName]

export type Attribute =
  | KnownAttribute
  | {
      readonly name: 'unknown'
      readonly flags: number
      readonly code: number
      readonly value: Uint8Array
    }

export interface AttributeFault {
  readonly action: Action
  /** UPDATE error subcode (RFC 4271 §6.3). */
  readonly subcode: number
  /** Type code; 0 when not even that could be read. */
  readonly code: number
}

export interface DecodedAttributes {
  readonly attributes: readonly Attribute[]
  readonly faults: readonly AttributeFault[]
}

const rows = Object.entries(attributeTable) as [AttributeName, AttributeRow<AttributeName>][]
const byCode = new Map(rows.map(([name, row]) => [row.code, { name, row }]))

/** An attribute with the flags the table gives it. */
export function attribute<K extends AttributeName>(name: K, value: AttributeValues[K]): KnownAttribute {
  return { name, flags: attributeTable[name].flags, value } as KnownAttribute
}

/*
 * +---------------+---------------+------------------------+-----------+
 * | flags (octet) | type (octet)  | length (1 or 2 octets) | value     |   RFC 4271 §4.3
 * +---------------+---------------+------------------------+-----------+
 */
export function encodeAttribute(writer: Writer, attribute: Attribute, context: AttributeContext): void {
  const { code, bytes } = encodeValue(attribute, context)
  const extended = (attribute.flags & attributeFlag.extendedLength) !== 0 || bytes.length > 255
  writer.u8(extended ? attribute.flags | attributeFlag.extendedLength : attribute.flags).u8(code)
  if (extended) writer.u16(bytes.length)
  else writer.u8(bytes.length)
  writer.bytes(bytes)
}

/** Every attribute that could be read, and every fault that was found (RFC 7606 §3). */
export function decodeAttributes(reader: Reader, context: AttributeContext): DecodedAttributes {
  const attributes: Attribute[] = []
  const faults: AttributeFault[] = []
  const seen = new Set<number>()
  while (reader.remaining > 0) {
    const flags = reader.u8()
    const code = reader.u8()
    const long = (flags & attributeFlag.extendedLength) !== 0
    const value = reader.bytes(long ? reader.u16() : reader.u8())
    if (reader.overrun) {
      // RFC 7606 §4: a length that runs over the end makes the routes unusable, not the session.
      faults.push({ action: 'withdraw', subcode: updateError.malformedAttributes, code })
      break
    }
    const decoded = seen.has(code) ? repeatFault(code) : decodeValue({ flags, code, value }, context)
    if ('action' in decoded) faults.push(decoded)
    else attributes.push(decoded)
    seen.add(code)
  }
  return { attributes, faults }
}

interface Raw {
  readonly flags: number
  readonly code: number
  readonly value: Uint8Array
}

function decodeValue({ flags, code, value }: Raw, context: AttributeContext): Attribute | AttributeFault {
  const known = byCode.get(code)
  if (known === undefined) {
    return (flags & attributeFlag.optional) === 0
      ? { action: 'reset', subcode: updateError.unrecognisedWellKnown, code }
      : { name: 'unknown', flags, code, value: value.slice() }
  }
  const { name, row } = known
  // RFC 7606 §7.5, §7.9, §7.10: not for external peers to say, well-formed or not.
  if (row.internalOnly && !context.internal) return { action: 'discard', subcode: row.subcode, code }
  const reader = new Reader(value)
  const decoded: unknown = row.decode(reader, context)
  if (decoded === undefined || reader.overrun) return { action: row.onFault, subcode: row.subcode, code }
  const kind = attributeFlag.optional | attributeFlag.transitive
  // RFC 7606 §3 (c)
  if ((flags & kind) !== row.flags) return { action: 'withdraw', subcode: updateError.attributeFlags, code }
  return { name, flags, value: decoded } as Attribute
}

/** RFC 7606 §3 (g): a second MP attribute ends the session, a second anything else is ignored. */
function repeatFault(code: number): AttributeFault {
  const mp = code === attributeTable.mpReach.code || code === attributeTable.mpUnreach.code
  return { action: mp ? 'reset' : 'discard', subcode: updateError.malformedAttributes, code }
}

function encodeValue(
  attribute: Attribute,
  context: AttributeContext,
): { readonly code: number; readonly bytes: Uint8Array } {
  if (attribute.name === 'unknown') return { code: attribute.code, bytes: attribute.value }
  const row: AttributeRow<AttributeName> = attributeTable[attribute.name]
  const writer = new Writer()
  row.encode(writer, attribute.value, context)
  return { code: row.code, bytes: writer.take() }
}
