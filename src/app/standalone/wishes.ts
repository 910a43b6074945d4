/*
 * What was asked of the nodes of a folder, in its state folder: the manifests are the user's. `wishes/drain/NODE` and
 * `wishes/move/NAMESPACE_NAME` hold, as text, what the annotations of the same meaning would on the Node and on the
 * Service. One file a wish: two commands at once lose nothing.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { milliseconds, type Duration } from '#core/model/duration.ts'
import { nameOf } from '#core/model/objects.ts'
import { drained, moved } from '#core/moves/wishes.ts'
import type { Clock, Logger } from '#core/ports.ts'
import { same } from '#core/model/same.ts'

import type { ManifestSet } from '../manifests/merge.ts'
import { writeAtomically } from '../node/atomic-write.ts'
import { FolderWatcher } from './folder/watcher.ts'

export interface Wishes {
  /** Why, by Node. */
  readonly drains: Readonly<Record<string, string>>
  /** The Node that is to answer, by Service: `namespace/name`. */
  readonly moves: Readonly<Record<string, string>>
}

/** A file system of another machine tells nobody of changes. */
const rescanEvery: Duration = milliseconds(1000)

export const noWishes: Wishes = { drains: {}, moves: {} }

export async function readWishes(stateFolder: string): Promise<Wishes> {
  // An older version makes only the folder of drains; where that is away too, nothing is known.
  const moves = (await textsIn(folderOf(stateFolder, 'move')).catch(undefinedIfMissing)) ?? {}
  const drains = await textsIn(folderOf(stateFolder, 'drain'))
  const named = Object.entries(moves).map(([file, node]) => [file.replace('_', '/'), node] as const)
  return { drains, moves: Object.fromEntries(named) }
}

/** `why` undefined takes the wish back. */
export function wishDrain(stateFolder: string, node: string, why: string | undefined): Promise<void> {
  return wish(stateFolder, { kind: 'drain', file: node, text: why })
}

/** `service`: `namespace/name`. `node` undefined takes the wish back. */
export function wishMove(stateFolder: string, service: string, node: string | undefined): Promise<void> {
  // No name of a namespace has an underscore in it.
  return wish(stateFolder, {
    kind: 'move',
    file: service.replace('/', '_'),
    text: node,
  })
}

async function wish(
  stateFolder: string,
  {
    kind,
    file,
    text,
  }: {
    readonly kind: Kind
    readonly file: string
    readonly text: string | undefined
  },
): Promise<void> {
  const path = join(folderOf(stateFolder, kind), file)
  if (text === undefined) return rm(path, { force: true })
  await ensure(stateFolder)
  await writeAtomically(path, `${text}\n`, `${process.pid}`, { durable: true })
}

/** The manifests with what was asked; the very same set when nothing was. */
export function withWishes<Set extends Pick<ManifestSet, 'nodes' | 'services'>>(
  set: Set,
  { drains, moves }: Wishes,
): Set {
  const nodes = set.nodes && wishedOf(set.nodes, drains, ({ metadata }) => metadata.name, drained)
  const services = wishedOf(set.services, moves, nameOf, moved)
  if (nodes === set.nodes && services === set.services) return set
  return { ...set, services, ...(nodes && { nodes }) }
}

/** The very same objects when nothing was asked of them. */
function wishedOf<Item>(
  objects: readonly Item[],
  wishes: Readonly<Record<string, string>>,
  nameOfItem: (object: Item) => string,
  annotated: (object: Item, value: string) => Item,
): readonly Item[] {
  if (Object.keys(wishes).length === 0) return objects
  return objects.map((object) => {
    const name = nameOfItem(object)
    // Names of Nodes are anybody's, `constructor` among them.
    const value = Object.hasOwn(wishes, name) ? wishes[name] : undefined
    return value === undefined ? object : annotated(object, value)
  })
}

export interface WishWatchDeps {
  readonly stateFolder: string
  readonly clock: Clock
  readonly log: Logger
}

/** The wishes as they are now. */
export class WishWatch {
  private readonly deps: WishWatchDeps
  private readonly watcher: FolderWatcher
  private readonly listeners = new Set<() => void>()
  private wishes: Wishes = noWishes
  private granted:
    | {
        readonly set: ManifestSet
        readonly wishes: Wishes
        readonly result: ManifestSet
      }
    | undefined
  private cancel: () => void = () => {}
  private stopped = false

  constructor(deps: WishWatchDeps) {
    this.deps = deps
    const root = join(deps.stateFolder, 'wishes')
    this.watcher = new FolderWatcher({
      root,
      ...deps,
      moved: () => void this.read(),
    })
  }

  /** Settles after the first reading. The folder is made here, so that it can be watched. */
  async start(): Promise<void> {
    await ensure(this.deps.stateFolder).catch(() => {})
    await this.rescan()
  }

  /** The very same set for as long as neither it nor the wishes change. */
  applyTo(set: ManifestSet): ManifestSet {
    const { granted, wishes } = this
    if (granted?.set === set && granted.wishes === wishes) return granted.result
    const result = withWishes(set, wishes)
    this.granted = { set, wishes, result }
    return result
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  stop(): void {
    this.stopped = true
    this.cancel()
    this.watcher.close()
  }

  private async rescan(): Promise<void> {
    await this.watcher.renew()
    await this.read()
    if (this.stopped) return this.watcher.close()
    this.cancel = this.deps.clock.after(rescanEvery, () => void this.rescan())
  }

  /** What cannot be read stays as it was: a folder that is away for a moment ends no drain. */
  private async read(): Promise<void> {
    const wishes = await readWishes(this.deps.stateFolder).catch(() => this.wishes)
    if (this.stopped || same(wishes, this.wishes)) return
    this.wishes = wishes
    for (const listener of this.listeners) listener()
  }
}

/** Never the state folder itself: without it, the folder of objects may be away. */
async function ensure(stateFolder: string): Promise<void> {
  const folders = kinds.map((kind) => folderOf(stateFolder, kind))
  for (const path of [join(stateFolder, 'wishes'), ...folders])
    await mkdir(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause
    })
}

function undefinedIfMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'ENOENT') throw cause
}

const kinds = ['drain', 'move'] as const
type Kind = (typeof kinds)[number]

function folderOf(stateFolder: string, kind: Kind): string {
  return join(stateFolder, 'wishes', kind)
}

/** By file name, without the line feed at the end. A wish that is taken back meanwhile takes none along. */
async function textsIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.tmp')).sort()
  const texts = await Promise.all(
    names.map((name) => readFile(join(folder, name), 'utf8').catch(undefinedIfMissing)),
  )
  // Rejects where not the wish but the folder has gone.
  if (texts.includes(undefined)) await readdir(folder)
  const found = names.flatMap((name, n) => {
    const text = texts[n]
    return text === undefined ? [] : [[name, text.trimEnd()] as const]
  })
  return Object.fromEntries(found)
}
