import type { Prefix } from '#core/bgp/prefix.ts'
import type { Reader } from '#core/wire/reader.ts'
import type { Writer } from '#core/wire/writer.ts'

import { attributeTable, type AttributeContext, type AttributeName } from './attributes.ts'
import { errorCode, updateError } from './iana.ts'
import { decodePrefixes, encodePrefix } from './nlri.ts'
import { notification, type Notification } from './notification.ts'
import { decodeAttributes, encodeAttribute, type Attribute, type AttributeFault } from './path-attributes.ts'

export interface Update {
  /** IPv4 unicast. */
  readonly withdrawn: readonly Prefix[]
  /** In the order of the wire. */
  readonly attributes: readonly Attribute[]
  /** IPv4 unicast. */
  readonly nlri: readonly Prefix[]
}

/** What the protocol must do with a received UPDATE (RFC 7606 §2). */
export type UpdateVerdict =
  /** Usable; attributes with `faults` were left out. */
  | { readonly action: 'accept'; readonly update: Update; readonly faults: readonly AttributeFault[] }
  /** Its routes count as withdrawn. */
  | { readonly action: 'withdraw'; readonly update: Update; readonly faults: readonly AttributeFault[] }
  | { readonly action: 'reset'; readonly notification: Notification }

/*
 * +-----------------------------------------------------+
 * |   Withdrawn routes length (2 octets)                |   RFC 4271 §4.3
 * |   Withdrawn routes (variable)                       |
 * |   Total path attribute length (2 octets)            |
 * |   Path attributes (variable)                        |
 * |   Network layer reachability information (variable) |
 * +-----------------------------------------------------+
 */
export function encodeUpdate(writer: Writer, update: Update, context: AttributeContext): void {
  writer.counted(2, (body) => {
    for (const prefix of update.withdrawn) encodePrefix(body, prefix)
  })
  writer.counted(2, (body) => {
    for (const attribute of update.attributes) encodeAttribute(body, attribute, context)
  })
  for (const prefix of update.nlri) encodePrefix(writer, prefix)
}

/** `reader` holds the body of the message. */
export function decodeUpdate(reader: Reader, context: AttributeContext): UpdateVerdict {
  const withdrawnField = reader.slice(reader.u16())
  const attributesField = reader.slice(reader.u16())
  if (reader.overrun) return reset(updateError.malformedAttributes)
  const withdrawn = decodePrefixes(withdrawnField, 'IPv4')
  const nlri = decodePrefixes(reader, 'IPv4')
  if (withdrawn === undefined || nlri === undefined) return reset(updateError.badNetwork)
  const { attributes, faults } = decodeAttributes(attributesField, context)
  const update = { withdrawn, attributes, nlri }
  return judge(update, [...faults, ...missing(update, faults)])
}

/** The strongest action any fault asks for (RFC 7606 §3 (h)). */
function judge(update: Update, faults: readonly AttributeFault[]): UpdateVerdict {
  const fatal = faults.find(({ action }) => action === 'reset')
  if (fatal !== undefined) return reset(fatal.subcode, fatal.code)
  const action = faults.some((fault) => fault.action === 'withdraw') ? 'withdraw' : 'accept'
  return { action, update, faults }
}

/** RFC 7606 §3 (d): routes without their mandatory attributes are withdrawn. */
function missing({ attributes, nlri }: Update, faults: readonly AttributeFault[]): AttributeFault[] {
  const present = new Set(attributes.map(({ name }) => name))
  const faulty = new Set(faults.map(({ code }) => code))
  if (nlri.length === 0 && !present.has('mpReach')) return []
  const mandatory: AttributeName[] = nlri.length > 0 ? ['origin', 'asPath', 'nextHop'] : ['origin', 'asPath']
  return mandatory
    .filter((name) => !present.has(name) && !faulty.has(attributeTable[name].code))
    .map((name) => ({
      action: 'withdraw',
      subcode: updateError.missingWellKnown,
      code: attributeTable[name].code,
    }))
}

/** RFC 4271 §6.3: the data names the attribute, where one is to blame. */
function reset(subcode: number, code?: number): UpdateVerdict {
  const data = code === undefined ? [] : [code]
  return { action: 'reset', notification: notification(errorCode.update, subcode, data) }
}
