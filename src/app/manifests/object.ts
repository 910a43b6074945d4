/*
 * One value of a document to one object: recognised, checked against its schema, defaulted, converted to the stored
 * version. A fault leaves the object out and says so; nothing else is affected.
 */
import { excessOf } from './expansion.ts'
import { apiVersionOf, type KnownKind } from './kinds.ts'
import { metaOf, nameFault } from './metadata.ts'
import { misspelt } from './misspelt.ts'
import { storedForm } from './peer-conversion.ts'
import { pruned } from './pruning.ts'
import { faultOf, recognise, type ObjectFault } from './recognise.ts'
import { bytesOfSecret, secretObject, undecodableKeys } from './secrets.ts'
import type { Secret } from '#core/announcer.ts'
import { checkSchema } from '#core/config/schema-check.ts'
import { below } from '#core/model/field-path.ts'
import { isJsonObject, type JsonObject } from '#core/model/json.ts'
import type { AnyObject, ObjectMeta } from '#core/model/objects.ts'
import type { Remains } from '#core/remains.ts'

export type ObjectReading =
  | {
      readonly outcome: 'object'
      readonly object: AnyObject
      readonly notes: readonly string[]
      readonly secret?: Secret
    }
  /** Of a kind that Herald does not read: `apiVersion Kind`. */
  | { readonly outcome: 'ignored'; readonly what: string }
  /** `ref` is absent when the value is no object at all. */
  | {
      readonly outcome: 'faulty'
      readonly ref?: string
      readonly faults: readonly ObjectFault[]
      /** What the other rules may judge all the same; absent where nothing useful is left. */
      readonly remains?: Remains
    }

/** `ownNamespace`: where our own kinds and Secrets are that name no namespace. */
export function readObject(value: unknown, ownNamespace: string): ObjectReading {
  const recognised = recognise(value)
  switch (recognised.outcome) {
    case 'ignored':
      return recognised
    case 'unrecognised': {
      const ref = isJsonObject(value) ? { ref: refOfRaw(value, textAt(value, 'namespace')) } : {}
      return { outcome: 'faulty', ...ref, faults: recognised.faults }
    }
    case 'known':
      return readKnown(recognised.value, recognised.known, recognised.version, ownNamespace)
  }
}

function readKnown(raw: JsonObject, known: KnownKind, version: string, ownNamespace: string): ObjectReading {
  const namespace = namespaceFor(raw, known, ownNamespace)
  const misfits = misfitsOf(raw, known, version)
  if (misfits.length > 0) {
    const remains = remainsOf(raw, known, version, { namespace, misfits })
    return { outcome: 'faulty', ref: refOfRaw(raw, namespace), faults: misfits, ...(remains && { remains }) }
  }
  const stored = storedForm(raw, known, version)
  const faults = [...nameFaults(stored, known), ...secretFaults(stored, known)]
  if (faults.length > 0) return { outcome: 'faulty', ref: refOfRaw(raw, namespace), faults }
  const metadata = metaOf(stored['metadata'], namespace)
  return objectOf(stored, known, metadata, notesOf(raw, known, version, namespace))
}

/** An object of ours, or a Service, without what its misfits are in, if it is one without that. */
function remainsOf(
  raw: JsonObject,
  known: KnownKind,
  version: string,
  {
    namespace,
    misfits,
  }: { readonly namespace: string | undefined; readonly misfits: readonly ObjectFault[] },
): Remains | undefined {
  if (known.role !== 'config' && known.kind !== 'Service') return undefined
  const fields = misfits.map(({ field }) => field)
  const rest = pruned(raw, known.versions.get(version)?.schema ?? {}, fields)
  if (rest === undefined) return undefined
  const { value, without, indices } = rest
  // A required field has nothing in it now, which its schema may not allow.
  if (misfitsOf(value, known, version).some(({ field }) => !without.includes(field))) return undefined
  const stored = storedForm(value, known, version)
  if (nameFaults(stored, known).length > 0) return undefined
  const reading = objectOf(stored, known, metaOf(stored['metadata'], namespace), [])
  if (reading.outcome !== 'object') return undefined
  return { object: reading.object as Remains['object'], without, indices }
}

/** Our own kinds have an open field, the options of a plugin: JSON may nest in it as deep as it likes. */
function misfitsOf(raw: JsonObject, known: KnownKind, version: string): ObjectFault[] {
  const excess = known.role === 'config' ? excessOf(raw) : undefined
  if (excess !== undefined) return [{ field: '', reason: 'InvalidValue', message: excess }]
  const schema = known.versions.get(version)?.schema ?? {}
  return [...checkSchema(raw, schema), ...misspelt(raw, schema)].map(faultOf)
}

function objectOf(
  stored: JsonObject,
  known: KnownKind,
  metadata: ObjectMeta,
  notes: readonly string[],
): ObjectReading {
  if (known.role === 'secret') {
    const secret = bytesOfSecret(stored)
    return { outcome: 'object', object: secretObject(metadata, stored, secret), notes, secret }
  }
  const envelope = { apiVersion: apiVersionOf(known, known.storage), kind: known.kind, metadata }
  return { outcome: 'object', object: { ...fieldsOf(stored, known), ...envelope } as AnyObject, notes }
}

/** The status of our own kinds is ours to write, never to read. */
function fieldsOf(stored: JsonObject, known: KnownKind): JsonObject {
  if (known.role !== 'config') return stored
  const { status: _, ...rest } = stored
  return rest
}

function nameFaults(stored: JsonObject, known: KnownKind): ObjectFault[] {
  const name = nameFault(textAt(stored, 'name') ?? '', known.kind === 'Namespace' ? 'label' : 'subdomain')
  const namespace = nameFault(textAt(stored, 'namespace') ?? 'default', 'label')
  return Object.entries({ name, namespace }).flatMap(([field, message]): ObjectFault[] =>
    message === undefined ? [] : [{ field: `metadata.${field}`, reason: 'InvalidValue', message }],
  )
}

function secretFaults(stored: JsonObject, known: KnownKind): ObjectFault[] {
  if (known.role !== 'secret') return []
  return undecodableKeys(stored).map((key) => ({
    field: below('data', key),
    reason: 'InvalidValue',
    message: 'found a value that is not shown, allowed: base64 (plain text goes under stringData)',
  }))
}

function notesOf(
  raw: JsonObject,
  known: KnownKind,
  version: string,
  namespace: string | undefined,
): string[] {
  const ref = refOfRaw(raw, namespace)
  const notes: string[] = []
  const { deprecation } = known.versions.get(version) ?? {}
  if (deprecation !== undefined) notes.push(`${ref}: ${deprecation}`)
  if (known.role === 'config' && textAt(raw, 'namespace') === undefined) {
    notes.push(`${ref}: no namespace is given, so Herald's own is assumed`)
  }
  return notes
}

/** Where an object ends up; our own kinds and Secrets serve us alone, so they default to our own namespace. */
function namespaceFor(raw: JsonObject, { role }: KnownKind, ownNamespace: string): string | undefined {
  if (role === 'cluster') return undefined
  return textAt(raw, 'namespace') ?? (role === 'namespaced' ? 'default' : ownNamespace)
}

/** As `refOf`, for an object of which nothing is sure. */
function refOfRaw(raw: JsonObject, namespace: string | undefined): string {
  const { kind } = raw
  const prefix = namespace === undefined ? '' : `${namespace}/`
  return `${typeof kind === 'string' && kind !== '' ? kind : 'Object'} ${prefix}${textAt(raw, 'name') ?? '(no name)'}`
}

/** A text of `metadata`; an empty one counts as absent. */
function textAt({ metadata }: JsonObject, field: string): string | undefined {
  const text = isJsonObject(metadata) ? metadata[field] : undefined
  return typeof text === 'string' && text !== '' ? text : undefined
}
