/*
 * Manifests to objects: every source by itself, then merged. Reading is total: whatever a source holds, it gives
 * objects, problems and notes.
 */
import { decode } from './decode.ts'
import { documentsIn, type Document } from './documents.ts'
import { mergeSources, type ManifestSet } from './merge.ts'
import { readObject } from './object.ts'
import type { ObjectFault } from './recognise.ts'
import {
  defaultMaxBytes,
  defaultNamespace,
  placeOf,
  type ManifestSource,
  type Note,
  type Origin,
  type ReadObject,
  type ReadOptions,
  type ReadRemains,
  type SourceDocuments,
  type SourcedProblem,
} from './source.ts'
import type { Secret } from '#core/announcer.ts'
import { stepsOf } from '#core/model/field-path.ts'
import { isJsonObject, type Json } from '#core/model/json.ts'
import { refOf } from '#core/model/objects.ts'
import type { ReasonCode } from '#core/reasons.ts'

export function readManifests(sources: readonly ManifestSource[], options: ReadOptions = {}): ManifestSet {
  return mergeSources(sources.map((source) => readSource(source, options)))
}

export function readSource(source: ManifestSource, options: ReadOptions = {}): SourceDocuments {
  const decoded = decode(source, options.maxBytes ?? defaultMaxBytes)
  if (decoded.text === undefined) return failedSource(source.name, decoded.reason, decoded.message)
  const { documents, faults } = documentsIn(source.name, decoded.text)
  const reader = new SourceReader(source.name, options.namespace ?? defaultNamespace)
  for (const { line, message } of faults)
    reader.addProblem({ field: '', reason: 'InvalidSyntax', message }, line)
  for (const document of documents) for (const one of objectsOf(document)) reader.add(one)
  return reader.result()
}

/** A source that could not be read at all. */
export function failedSource(name: string, reason: ReasonCode, message: string): SourceDocuments {
  const problem = { file: name, line: 1, object: `File ${name}`, field: '', reason, message }
  return { name, objects: [], problems: [problem], notes: [], ignored: {}, secretBytes: () => undefined }
}

/** What one source has given so far. */
class SourceReader {
  readonly #name: string
  readonly #namespace: string
  readonly #objects: ReadObject[] = []
  readonly #problems: SourcedProblem[] = []
  readonly #remains: ReadRemains[] = []
  readonly #notes: Note[] = []
  readonly #ignored: Record<string, number> = {}
  readonly #secrets = new Map<string, Secret>()

  constructor(name: string, namespace: string) {
    this.#name = name
    this.#namespace = namespace
  }

  add({ value, origin }: Document): void {
    const reading = readObject(value, this.#namespace)
    switch (reading.outcome) {
      case 'ignored':
        this.#ignored[reading.what] = (this.#ignored[reading.what] ?? 0) + 1
        return
      case 'faulty':
        for (const fault of reading.faults) {
          this.addProblem(fault, placeOf(origin, stepsOf(fault.field)).line, reading.ref)
        }
        if (reading.remains !== undefined)
          this.#remains.push({ ...reading.remains, ref: refOf(reading.remains.object), origin })
        return
      case 'object': {
        const ref = refOf(reading.object)
        this.#objects.push({ ref, object: reading.object, origin })
        for (const message of reading.notes) this.#notes.push({ file: this.#name, message })
        if (reading.secret !== undefined) this.#secrets.set(ref, reading.secret)
      }
    }
  }

  addProblem(fault: ObjectFault, line: number, ref = `File ${this.#name}`): void {
    this.#problems.push({ file: this.#name, line, object: ref, ...fault })
  }

  result(): SourceDocuments {
    const secrets = this.#secrets
    return {
      name: this.#name,
      objects: this.#objects,
      problems: this.#problems,
      remains: this.#remains,
      notes: [...this.#notes, ...this.#notesOnTheWhole()],
      ignored: this.#ignored,
      secretBytes: (ref) => secrets.get(ref),
    }
  }

  #notesOnTheWhole(): Note[] {
    const notes: Note[] = []
    const ignored = Object.keys(this.#ignored).length
    if (this.#objects.length + this.#problems.length + ignored === 0) {
      notes.push({ file: this.#name, message: 'holds no objects' })
    }
    if (this.#ignored['v1 Endpoints'] !== undefined) {
      notes.push({ file: this.#name, message: 'v1 Endpoints are ignored: Herald reads EndpointSlices' })
    }
    return notes
  }
}

/** The document itself, or what is in it if it is a List of any kind; nothing for an empty document. */
function objectsOf(document: Document): Document[] {
  const objects: Document[] = []
  const waiting = [document]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const items = itemsOf(next)
    if (items !== undefined) for (const item of items.reverse()) waiting.push(item)
    else if (next.value !== null) objects.push(next)
  }
  return objects
}

/** A `ServiceList`, as the API server answers with, leaves out of its items what its own kind says already. */
function itemsOf({ value, origin }: Document): Document[] | undefined {
  if (!isJsonObject(value)) return undefined
  const { kind, apiVersion, items } = value
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return undefined
  const implied = kind === 'List' ? {} : withoutUndefined({ apiVersion, kind: kind.slice(0, -'List'.length) })
  return items.map((item: Json, index) => ({
    value: isJsonObject(item) ? { ...implied, ...item } : item,
    origin: inList(origin, index),
  }))
}

function withoutUndefined(
  fields: Readonly<Record<string, Json | undefined>>,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  )
}

function inList(origin: Origin, index: number): Origin {
  return { ...origin, steps: [...origin.steps, 'items', index] }
}
