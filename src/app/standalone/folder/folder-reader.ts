/*
 * The folder of manifests as it is now. A change is noticed by the watcher, and by a rescan in case it was not (a
 * file system of another machine tells nobody). Only files that changed are read again.
 */
import { stat } from 'node:fs/promises'

import { messageOf } from '#core/errors.ts'
import { milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock, Logger } from '#core/ports.ts'

import { listFolder, loadFile } from '../../manifests/load.ts'
import { mergeSources, type ManifestSet } from '../../manifests/merge.ts'
import type { SourceDocuments } from '../../manifests/source.ts'
import { emptySource, nextFarewell, remember, sourcesOf, type FileMemory } from './last-good.ts'
import { FolderWatcher } from './watcher.ts'

export interface FolderReaderDeps {
  readonly folder: string
  /** Inside the folder: an empty folder without it is one that went away (an unmounted file system). */
  readonly stateFolder: string
  readonly namespace: string
  readonly clock: Clock
  readonly log: Logger
  readonly times?: Partial<FolderTimes>
}

export interface FolderTimes {
  readonly rescanEvery: Duration
  /** How long an object that is no longer there still counts. */
  readonly grace: Duration
  /** The same, just after the folder came back: somebody may be copying it. */
  readonly graceAfterReturn: Duration
}

export const defaultFolderTimes: FolderTimes = {
  rescanEvery: milliseconds(1000),
  grace: milliseconds(500),
  graceAfterReturn: milliseconds(10_000),
}

/** A rescan of a large folder may take this share of the time at most. */
const rescanShare = 0.01

export interface FolderReading {
  readonly set: ManifestSet
  readonly files: number
  /** Objects whose last good version is used because the new one is faulty, sorted. */
  readonly stale: readonly string[]
  /** Why the folder cannot be read; everything is as it was before. */
  readonly gone?: string
  /** When the change that led to this reading was noticed. */
  readonly noticedAt: Instant
}

interface KnownFile {
  readonly signature: string
  readonly memory: FileMemory
}

export class FolderReader {
  private readonly deps: FolderReaderDeps
  private readonly times: FolderTimes
  private readonly watcher: FolderWatcher
  private readonly listeners = new Set<() => void>()
  private readonly files = new Map<string, KnownFile>()
  private unlistable: readonly SourceDocuments[] = []
  private reading: FolderReading
  private gone: string | undefined
  private returnedAt: Instant | undefined
  private hadState = false
  private queue: Promise<void> = Promise.resolve()
  private cancelRescan: () => void = () => {}
  private cancelFarewell: () => void = () => {}
  private stopped = false

  constructor(deps: FolderReaderDeps) {
    this.deps = deps
    this.times = { ...defaultFolderTimes, ...deps.times }
    this.reading = { set: mergeSources([]), files: 0, stale: [], noticedAt: deps.clock.now() }
    this.watcher = new FolderWatcher({
      root: deps.folder,
      clock: deps.clock,
      log: deps.log,
      moved: (paths, at) => void this.enqueue(() => this.update(paths, at)),
    })
  }

  /** Settles after the first reading. */
  async start(): Promise<void> {
    await this.rescan()
  }

  current(): FolderReading {
    return this.reading
  }

  /** Called after each reading that found something changed. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.cancelRescan()
    this.cancelFarewell()
    this.watcher.close()
    await this.queue
  }

  private async rescan(): Promise<void> {
    const began = this.deps.clock.now()
    await this.enqueue((at) => this.scan(at))
    if (this.stopped) return
    const took = since(began, this.deps.clock.now())
    const pause = milliseconds(Math.max(this.times.rescanEvery, took / rescanShare))
    this.cancelRescan = this.deps.clock.after(pause, () => void this.rescan())
  }

  /** Looks at every file; reads those whose signature changed. */
  private async scan(at: Instant): Promise<void> {
    await this.watcher.renew()
    const { files, unreadable } = await listFolder(this.deps.folder)
    const gone = await this.whyGone(files.length)
    const turned = gone !== this.gone
    if (turned) this.turn(gone, at)
    if (gone !== undefined) return
    let changed = turned || unreadable.length + this.unlistable.length > 0
    this.unlistable = unreadable
    for (const file of files) changed = (await this.readIfChanged(file, at)) || changed
    const listed = new Set(files)
    for (const file of this.files.keys()) if (!listed.has(file)) changed = this.lose(file, at) || changed
    if (changed) this.publish(at)
  }

  /** Reads the files that moved, changed or not: two changes within one tick of the file system's clock look alike. */
  private async update(paths: ReadonlySet<string>, at: Instant): Promise<void> {
    const manifests = [...paths].filter((path) => /\.(ya?ml|json)$/.test(path))
    if (manifests.length < paths.size || this.gone !== undefined) return this.scan(at)
    for (const file of manifests) {
      const signature = await signatureOf(file)
      if (signature === undefined) this.lose(file, at)
      else await this.read(file, signature, at)
    }
    if (await this.whyGone(1)) return this.scan(at)
    this.publish(at)
  }

  private async readIfChanged(file: string, at: Instant): Promise<boolean> {
    const signature = await signatureOf(file)
    if (signature === undefined || this.files.get(file)?.signature === signature) return false
    await this.read(file, signature, at)
    return true
  }

  private async read(file: string, signature: string, at: Instant): Promise<void> {
    const fresh = await loadFile(file, { namespace: this.deps.namespace })
    this.files.set(file, { signature, memory: this.remember(file, fresh, at) })
  }

  private lose(file: string, at: Instant): boolean {
    if (!this.files.has(file)) return false
    const memory = this.remember(file, emptySource(file), at)
    const known = this.files.get(file)
    if (memory.kept.length === 0) this.files.delete(file)
    else this.files.set(file, { signature: '', memory })
    return memory.kept.length === 0 || known?.signature !== ''
  }

  private remember(file: string, fresh: SourceDocuments, now: Instant): FileMemory {
    const justBack =
      this.returnedAt !== undefined && since(this.returnedAt, now) < this.times.graceAfterReturn
    const grace = justBack ? this.times.graceAfterReturn : this.times.grace
    return remember(this.files.get(file)?.memory, fresh, { now, grace })
  }

  /** A folder is gone when it cannot be listed, or is empty and has lost our state as well. */
  private async whyGone(files: number): Promise<string | undefined> {
    const { folder, stateFolder } = this.deps
    try {
      if (!(await stat(folder)).isDirectory()) return `${folder} is no folder`
    } catch (cause) {
      return messageOf(cause)
    }
    const hasState = (await stat(stateFolder).catch(() => undefined)) !== undefined
    this.hadState ||= hasState
    return files === 0 && this.hadState && !hasState
      ? `${folder} is empty, and ${stateFolder} is gone`
      : undefined
  }

  private turn(gone: string | undefined, at: Instant): void {
    this.gone = gone
    if (gone === undefined) {
      this.returnedAt = at
      this.deps.log.info('folder is back', { folder: this.deps.folder })
    } else this.deps.log.error('folder is gone, everything stays as it was', { cause: gone })
    const { gone: _, ...reading } = this.reading
    this.reading = { ...reading, noticedAt: at, ...(gone === undefined ? {} : { gone }) }
    this.announce()
  }

  private publish(at: Instant): void {
    const memories = new Map([...this.files].map(([file, { memory }]) => [file, memory]))
    const { sources, stale } = sourcesOf(memories)
    const set = mergeSources([...this.unlistable, ...sources])
    this.reading = { set, files: this.files.size, stale, noticedAt: at }
    this.expectFarewell(memories)
    this.announce()
  }

  /** Kept objects go by time alone: look again when the first of them is due. */
  private expectFarewell(memories: ReadonlyMap<string, FileMemory>): void {
    this.cancelFarewell()
    const next = nextFarewell(memories.values())
    if (next === undefined) return
    const delay = milliseconds(Math.max(1, since(this.deps.clock.now(), next)))
    this.cancelFarewell = this.deps.clock.after(delay, () => void this.enqueue((at) => this.sayFarewell(at)))
  }

  private async sayFarewell(at: Instant): Promise<void> {
    if ((await this.whyGone(this.files.size)) !== undefined) return
    for (const [file, { signature, memory }] of this.files) {
      const left = this.remember(file, memory.fresh, at)
      if (left.kept.length === 0 && signature === '') this.files.delete(file)
      else this.files.set(file, { signature, memory: left })
    }
    this.publish(at)
  }

  private announce(): void {
    for (const listener of this.listeners) listener()
  }

  private enqueue(task: (at: Instant) => Promise<void>): Promise<void> {
    const at = this.deps.clock.now()
    const run = (): Promise<void> => (this.stopped ? Promise.resolve() : task(at))
    this.queue = this.queue.then(run).catch((cause: unknown) => {
      this.deps.log.error('folder cannot be read', { folder: this.deps.folder, cause: String(cause) })
    })
    return this.queue
  }
}

async function signatureOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined)
  return found && `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`
}
