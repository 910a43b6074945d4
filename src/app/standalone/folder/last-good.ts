/*
 * What a file said before it broke. A fault in a file, or a file caught half-written, must not take away what works:
 *
 *   - an object whose new version is faulty keeps its last good one for as long as it stays faulty,
 *   - everything a file held stays while the file as a whole cannot be read,
 *   - an object that is simply no longer there stays for a moment more: the rest of the file may still be coming.
 */
import { later, type Duration, type Instant } from '#core/model/duration.ts'

import type { ReadObject, SourceDocuments } from '../../manifests/source.ts'

export interface KeptObject {
  readonly read: ReadObject
  /** Knows a Secret's bytes. */
  readonly source: SourceDocuments
  /** When it goes for good; absent while a fault hides it. */
  readonly until?: Instant
}

export interface FileMemory {
  readonly fresh: SourceDocuments
  /** Of earlier readings, not in `fresh`. */
  readonly kept: readonly KeptObject[]
}

export interface Patience {
  readonly now: Instant
  readonly grace: Duration
}

/** The memory of a file after one more reading of it; `fresh` is an empty source for a file that is gone. */
export function remember(
  memory: FileMemory | undefined,
  fresh: SourceDocuments,
  patience: Patience,
): FileMemory {
  if (memory === undefined) return { fresh, kept: [] }
  const present = new Set(fresh.objects.map(({ ref }) => ref))
  const before = memory.fresh.objects.map((read): KeptObject => ({ read, source: memory.fresh }))
  const kept = [...before, ...memory.kept]
    .filter(({ read }) => !present.has(read.ref))
    .map((object) => waiting(object, fresh, patience))
    .filter(({ until }) => until === undefined || until > patience.now)
  return { fresh, kept }
}

/** When the next kept object goes, if time alone decides it. */
export function nextFarewell(memories: Iterable<FileMemory>): Instant | undefined {
  let next: Instant | undefined
  for (const { kept } of memories) {
    for (const { until } of kept)
      if (until !== undefined && (next === undefined || until < next)) next = until
  }
  return next
}

export interface Sources {
  /** Fresh sources in the order of their names, then what is kept. */
  readonly sources: readonly SourceDocuments[]
  /** Objects (`Kind namespace/name`) whose last good version stands in for a faulty one, sorted. */
  readonly stale: readonly string[]
}

/** An object that moved to another file is fresh there: no second definition of it is kept. */
export function sourcesOf(memories: ReadonlyMap<string, FileMemory>): Sources {
  const inOrder = [...memories].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, memory]) => memory)
  const taken = new Set(inOrder.flatMap(({ fresh }) => fresh.objects.map(({ ref }) => ref)))
  const kept: KeptObject[] = []
  for (const object of inOrder.flatMap((memory) => memory.kept)) {
    if (taken.has(object.read.ref)) continue
    taken.add(object.read.ref)
    kept.push(object)
  }
  const stale = kept.filter(({ until }) => until === undefined).map(({ read }) => read.ref)
  return { sources: [...inOrder.map(({ fresh }) => fresh), ...kept.map(sourceOf)], stale: stale.sort() }
}

function waiting(object: KeptObject, fresh: SourceDocuments, { now, grace }: Patience): KeptObject {
  const { read, source } = object
  if (mayHide(fresh, read.ref)) return { read, source }
  return { read, source, until: object.until ?? later(now, grace) }
}

/** A fault of the file as a whole may hide anything; one of an object hides that object. */
function mayHide({ problems }: SourceDocuments, ref: string): boolean {
  return problems.some(({ object }) => object === ref || object.startsWith('File '))
}

function sourceOf({ read, source }: KeptObject): SourceDocuments {
  return { ...emptySource(source.name), objects: [read], secretBytes: (ref) => source.secretBytes(ref) }
}

export function emptySource(name: string): SourceDocuments {
  return { name, objects: [], problems: [], notes: [], ignored: {}, secretBytes: () => undefined }
}
