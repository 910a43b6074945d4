/* The shell around the reader: files, folders and standard input. Whatever cannot be read becomes a problem. */
import { createReadStream, type Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

import { messageOf } from '#core/errors.ts'

import { tooLarge } from './decode.ts'
import { mergeSources, type ManifestSet } from './merge.ts'
import { failedSource, readSource } from './read.ts'
import { defaultMaxBytes, type ReadOptions, type SourceDocuments } from './source.ts'

export interface LoadOptions extends ReadOptions {
  /** What `-` reads; the process's standard input when absent. */
  readonly stdin?: Readable
}

/** Files as they are named, folders with everything below them, `-` for standard input; each is read once. */
export async function loadManifests(
  paths: readonly string[],
  options: LoadOptions = {},
): Promise<ManifestSet> {
  const sources: SourceDocuments[] = []
  for (const path of new Set(paths)) sources.push(...(await loadPath(path, options)))
  return mergeSources(distinct(sources))
}

/** One file, read and checked by itself; a file that cannot be read is a source with one problem. */
export async function loadFile(file: string, options: LoadOptions = {}): Promise<SourceDocuments> {
  const { maxBytes = defaultMaxBytes } = options
  const stats = await stat(file).catch(() => undefined)
  // Opening a FIFO waits for its writer, for ever if none comes, and holds up every file behind it.
  if (stats && !stats.isFile() && !stats.isDirectory())
    return failedSource(file, 'UnreadableFile', 'found a FIFO, socket or device, allowed: a regular file')
  if (stats && stats.size > maxBytes) return refusedAsTooLarge(file, stats.size, maxBytes)
  return loadStream(file, createReadStream(file), options)
}

export interface FolderListing {
  /** Manifest files at any depth, by name in code point order. */
  readonly files: readonly string[]
  /** Folders that could not be listed, each as a source with one problem. */
  readonly unreadable: readonly SourceDocuments[]
}

/**
 * `.yaml`, `.yml` and `.json` below a folder. Hidden files and folders are skipped; linked files are followed, linked
 * folders are not.
 */
export async function listFolder(folder: string): Promise<FolderListing> {
  const [files, unreadable] = [[] as string[], [] as SourceDocuments[]]
  for (const entry of await entriesOf(folder, unreadable)) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      const below = await listFolder(path)
      files.push(...below.files)
      unreadable.push(...below.unreadable)
    } else if (/\.(ya?ml|json)$/.test(entry.name)) files.push(path)
  }
  return { files, unreadable }
}

async function entriesOf(folder: string, unreadable: SourceDocuments[]): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
  } catch (error) {
    unreadable.push(unreadableSource(folder, error))
    return []
  }
}

async function loadPath(path: string, options: LoadOptions): Promise<SourceDocuments[]> {
  if (path === '-') return [await loadStream('-', options.stdin ?? process.stdin, options)]
  // Named by itself, a FIFO has somebody who writes it: `-f <(kustomize build .)`.
  if (await isFifo(path)) return [await loadStream(path, createReadStream(path), options)]
  if (!(await isFolder(path))) return [await loadFile(path, options)]
  const { files, unreadable } = await listFolder(path)
  const sources = [...unreadable]
  for (const file of files) sources.push(await loadFile(file, options))
  return sources
}

/** What is not there is no folder; reading it as a file says so. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

async function isFifo(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFIFO() ?? false
}

async function loadStream(name: string, stream: Readable, options: LoadOptions): Promise<SourceDocuments> {
  const { maxBytes = defaultMaxBytes } = options
  try {
    const text = await bytesOf(stream, maxBytes)
    return text.length > maxBytes
      ? refusedAsTooLarge(name, text.length, maxBytes)
      : readSource({ name, text }, options)
  } catch (error) {
    return unreadableSource(name, error)
  }
}

/** Stops once there are more than `most`: a stream has no size to ask for beforehand. */
async function bytesOf(stream: Readable, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk as Uint8Array))
    size += chunks.at(-1)?.length ?? 0
    if (size > most) break
  }
  return Buffer.concat(chunks)
}

function refusedAsTooLarge(name: string, size: number, maxBytes: number): SourceDocuments {
  const { reason, message } = tooLarge(size, maxBytes)
  return failedSource(name, reason, message)
}

/** A folder and a file of it may both be named. */
function distinct(sources: readonly SourceDocuments[]): SourceDocuments[] {
  return [...new Map(sources.map((source) => [source.name, source])).values()]
}

/** Node's `ENOENT: no such file or directory, open 'x'` without the call and the path, which the problem names. */
function unreadableSource(path: string, error: unknown): SourceDocuments {
  const text = messageOf(error)
  const found = text.replace(/, \w+( '.*')?$/, '')
  return failedSource(path, 'UnreadableFile', `found ${found}, allowed: a readable file or folder`)
}
