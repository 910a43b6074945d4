/*
 * What was asked of the nodes of a folder, in its state folder: the manifests are the user's. `wishes/drain/NODE` holds,
 * as text, what the annotation of the same meaning would. One file a wish: two commands at once lose nothing.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { milliseconds, type Duration } from '#core/model/duration.ts'
import { drained } from '#core/moves/wishes.ts'
import type { Clock, Logger } from '#core/ports.ts'
import { same } from '#core/model/same.ts'

import type { ManifestSet } from '../manifests/merge.ts'
import { writeAtomically } from '../node/atomic-write.ts'
import { FolderWatcher } from './folder/watcher.ts'

export interface Wishes {
  /** Why, by Node. */
  readonly drains: Readonly<Record<string, string>>
}

/** A file system of another machine tells nobody of changes. */
const rescanEvery: Duration = milliseconds(1000)

const noWishes: Wishes = { drains: {} }

export async function readWishes(stateFolder: string): Promise<Wishes> {
  return { drains: await textsIn(drainsIn(stateFolder)) }
}

/** `why` undefined takes the wish back. */
export async function wishDrain(stateFolder: string, node: string, why: string | undefined): Promise<void> {
  const folder = drainsIn(stateFolder)
  if (why === undefined) return rm(join(folder, node), { force: true })
  await ensure(stateFolder)
  await writeAtomically(join(folder, node), `${why}\n`, `${process.pid}`, {
    durable: true,
  })
}

/** The manifests with what was asked; the very same set when nothing was. */
export function withWishes<Set extends Pick<ManifestSet, 'nodes'>>(set: Set, { drains }: Wishes): Set {
  if (set.nodes === undefined || Object.keys(drains).length === 0) return set
  const nodes = set.nodes.map((node) => {
    const { name } = node.metadata
    // Names of Nodes are anybody's, `constructor` among them.
    const why = Object.hasOwn(drains, name) ? drains[name] : undefined
    return why === undefined ? node : drained(node, why)
  })
  return { ...set, nodes }
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
  const folder = drainsIn(stateFolder)
  for (const path of [dirname(folder), folder])
    await mkdir(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause
    })
}

function drainsIn(stateFolder: string): string {
  return join(stateFolder, 'wishes', 'drain')
}

/** By file name, without the line feed at the end. */
async function textsIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.tmp')).sort()
  const texts = names.map(
    async (name) => [name, (await readFile(join(folder, name), 'utf8')).trimEnd()] as const,
  )
  return Object.fromEntries(await Promise.all(texts))
}
