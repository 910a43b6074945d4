/* What goes into the reader and what comes out of one file. */
import type { Fragment } from './fragment.ts'
import type { Secret } from '#core/announcer.ts'
import type { Problem } from '#core/model/decisions.ts'
import type { FieldStep } from '#core/model/field-path.ts'
import type { AnyObject } from '#core/model/objects.ts'
import type { Remains } from '#core/remains.ts'

/** One file or stream, already in memory. */
export interface ManifestSource {
  /** Path as the user gave it, or `-` for standard input: how every message names the source. */
  readonly name: string
  readonly text: string | Uint8Array
}

export interface ReadOptions {
  /** Namespace of our own kinds and of Secrets that name none; `metallb-system` when absent. */
  readonly namespace?: string
  /** Bytes of one source above which it is refused; 32 MiB when absent. */
  readonly maxBytes?: number
}

export const defaultNamespace = 'metallb-system'
export const defaultMaxBytes = 32 * 1024 * 1024

/** A fault and where it stands. The object of a fault that concerns a whole file is `File NAME`. */
export interface SourcedProblem extends Problem {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** Something worth knowing that is not a fault. */
export interface Note {
  readonly file: string
  readonly message: string
}

export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** Where an object stands: enough to find the line of any of its fields later, without keeping positions. */
export interface Origin {
  readonly fragment: Fragment
  /** Index of the document in the fragment. */
  readonly document: number
  /** Steps from the document to the object: those into the items of a List. */
  readonly steps: readonly FieldStep[]
}

export interface ReadObject {
  /** `Kind namespace/name`: its identity, since no two groups that Herald reads share a kind. */
  readonly ref: string
  readonly object: AnyObject
  readonly origin: Origin
}

export interface ReadRemains extends Remains {
  readonly ref: string
  readonly origin: Origin
}

/**
 * Everything one source says, checked and defaulted by itself. A value: as long as the source's text is the same, a
 * caller may keep it and merge it again.
 */
export interface SourceDocuments {
  readonly name: string
  readonly objects: readonly ReadObject[]
  readonly problems: readonly SourcedProblem[]
  /** Of objects that are not among the others because of some of their fields; in their order. */
  readonly remains?: readonly ReadRemains[]
  readonly notes: readonly Note[]
  /** Objects of kinds that Herald does not read, counted by `apiVersion Kind`. */
  readonly ignored: Readonly<Record<string, number>>
  /** A Secret's bytes by `Secret namespace/name`; a function, so that printing this value shows none. */
  secretBytes(ref: string): Secret | undefined
}

export function placeOf(origin: Origin, field: readonly FieldStep[] = []): Place {
  const { fragment, document, steps } = origin
  return { file: fragment.file, line: fragment.lineOf(document, [...steps, ...field]) }
}
