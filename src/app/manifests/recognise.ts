/* Which kind a value is of: one that Herald reads, one that it leaves alone, or one that cannot be right. */
import { apiVersionOf, isOwnGroup, knownKinds, splitApiVersion, type KnownKind } from './kinds.ts'
import type { SchemaFault } from '#core/config/fault-trail.ts'
import { checkSchema } from '#core/config/schema-check.ts'
import { isJsonObject, type JsonObject, type JsonSchema } from '#core/model/json.ts'
import { didYouMean, oneOf, quote } from '#core/model/wording.ts'
import type { ReasonCode } from '#core/reasons.ts'

export interface ObjectFault {
  /** Below the object; empty for the object as a whole. */
  readonly field: string
  readonly reason: ReasonCode
  /** What was found and what is allowed. */
  readonly message: string
}

export type Recognised =
  | {
      readonly outcome: 'known'
      readonly value: JsonObject
      readonly known: KnownKind
      readonly version: string
    }
  | { readonly outcome: 'ignored'; readonly what: string }
  | { readonly outcome: 'unrecognised'; readonly faults: readonly ObjectFault[] }

/** What says of which kind an object is. */
const envelope: JsonSchema = {
  type: 'object',
  additionalProperties: true,
  required: ['apiVersion', 'kind'],
  properties: { apiVersion: { type: 'string', minLength: 1 }, kind: { type: 'string', minLength: 1 } },
}

export function recognise(value: unknown): Recognised {
  if (!isJsonObject(value)) return unrecognised('', 'WrongType', notAnObject(value))
  const faults = checkSchema(value, envelope)
  if (faults.length > 0) return { outcome: 'unrecognised', faults: faults.map(faultOf) }
  const { apiVersion, kind } = value as { apiVersion: string; kind: string }
  const { group, version } = splitApiVersion(apiVersion)
  const known = knownKinds.find((known) => known.group === group && known.kind === kind)
  if (known === undefined) return unknownKind(apiVersion, group, kind)
  if (known.role === 'report') return { outcome: 'ignored', what: `${apiVersion} ${kind}` }
  if (!known.versions.has(version))
    return unrecognised('apiVersion', 'UnknownVersion', found(apiVersion, known))
  return { outcome: 'known', value, known, version }
}

/** In a group of ours every kind is known, and a kind of ours is in no other group that Herald reads. */
function unknownKind(apiVersion: string, group: string, kind: string): Recognised {
  const elsewhere = knownKinds.find((known) => known.kind === kind)
  const groupIsRead = knownKinds.some((known) => known.group === group)
  if (elsewhere !== undefined && groupIsRead) {
    return unrecognised('apiVersion', 'UnknownVersion', found(apiVersion, elsewhere))
  }
  if (!isOwnGroup(group)) return { outcome: 'ignored', what: `${apiVersion} ${kind}` }
  const kinds = knownKinds.filter((known) => known.group === group).map((known) => known.kind)
  const message = `found ${quote(kind)}, allowed in ${group}: ${oneOf(kinds)}${didYouMean(kind, kinds)}`
  return unrecognised('kind', 'UnknownKind', message)
}

function found(apiVersion: string, known: KnownKind): string {
  const allowed = [...known.versions.keys()].map((version) => apiVersionOf(known, version))
  return `found ${quote(apiVersion)}, allowed for kind ${known.kind}: ${oneOf(allowed)}`
}

/** The value itself stays out of the message: junk may be anything, a password too. */
function notAnObject(value: unknown): string {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  return `found ${type}, allowed: an object with apiVersion, kind and metadata`
}

export function faultOf({ path, reason, message }: SchemaFault): ObjectFault {
  return { field: path, reason, message }
}

function unrecognised(field: string, reason: ReasonCode, message: string): Recognised {
  return { outcome: 'unrecognised', faults: [{ field, reason, message }] }
}
