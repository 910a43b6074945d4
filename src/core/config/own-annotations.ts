/* The annotations by which peers and advertisements say what their CRDs have no field for. */
import { announcerAnnotation } from './announcers.ts'
import type { Examination } from './inspection.ts'
import { checkSchema } from './schema-check.ts'
import {
  advertisementOwnFields,
  ownField,
  parseOwnValue,
  peerOwnFields,
  type OwnField,
} from '../bgp/own-fields.ts'
import { below } from '../model/field-path.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type {
  AdvertisementObject,
  BGPAdvertisementObject,
  BGPPeerObject,
  ConfigObject,
  L2AdvertisementObject,
} from '../model/objects.ts'
import { didYouMean, oneOf, quote } from '../model/wording.ts'

const prefix = 'heraldlb.io/'

/** On an advertisement of any kind: a node announces only what a connection through its own proxy reaches. */
export const gateAnnotation = 'heraldlb.io/data-path-gate'

const fieldsOf: Readonly<Record<string, readonly OwnField[]>> = {
  BGPPeer: peerOwnFields,
  BGPAdvertisement: advertisementOwnFields,
}

/** Values by field; an annotation that makes no sense refuses the object, one that nobody knows is reported. */
export function ownValues(
  { kind, metadata: { annotations = {} } }: BGPPeerObject | BGPAdvertisementObject,
  exam: Examination,
): JsonObject {
  const fields = fieldsOf[kind] ?? []
  const general = kind === 'BGPPeer' ? [announcerAnnotation] : [announcerAnnotation, gateAnnotation]
  reportUnknown(kind, annotations, [...general, ...fields.map(({ annotation }) => annotation)], exam)
  const values = fields.flatMap(({ annotation, field, schema }): [string, Json][] => {
    const text = annotations[annotation]
    if (text === undefined) return []
    const value = parseOwnValue(text, schema)
    if (value === undefined) {
      const allowed = schema.type === 'boolean' ? '"true" or "false"' : 'a whole number'
      exam.refuse(pathOf(annotation), 'InvalidValue', `found ${quote(text)}, allowed: ${allowed}`)
      return []
    }
    const faults = checkSchema(value, schema, pathOf(annotation))
    for (const fault of faults) exam.refuse(fault.path, fault.reason, fault.message)
    return faults.length === 0 ? [[field, value]] : []
  })
  return Object.fromEntries(values)
}

/** Whether the advertisement asks for the gate; a value that makes no sense refuses it. */
export function asksForGate(
  {
    kind,
    metadata: { annotations = {} },
  }: L2AdvertisementObject | BGPAdvertisementObject | AdvertisementObject,
  exam: Examination,
): boolean {
  if (kind !== 'BGPAdvertisement') reportUnknown(kind, annotations, [gateAnnotation], exam)
  const text = annotations[gateAnnotation]
  if (text === undefined || text === 'false') return false
  if (text !== 'true')
    exam.refuse(pathOf(gateAnnotation), 'InvalidValue', `found ${quote(text)}, allowed: "true" or "false"`)
  return text === 'true'
}

function reportUnknown(
  kind: string,
  annotations: Readonly<Record<string, string>>,
  known: readonly string[],
  exam: Examination,
): void {
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith(prefix) || known.includes(name)) continue
    const allowed = oneOf(known) + didYouMean(name, known)
    const message = `found an annotation that no ${kind} has, allowed: ${allowed}`
    exam.report(pathOf(name), 'UnknownField', message)
  }
}

/** Where the user finds a field that plugins know as `herald.NAME`. */
export function annotationPath({ kind }: Pick<ConfigObject, 'kind'>, field: string): string | undefined {
  const [parent, name] = field.split('.')
  if (parent !== ownField) return undefined
  const own = fieldsOf[kind]?.find((one) => one.field === name)
  return own && pathOf(own.annotation)
}

function pathOf(annotation: string): string {
  return below('metadata.annotations', annotation)
}
