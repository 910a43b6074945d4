/* Watches a folder and the folders below it; says which paths moved, gathered over a few milliseconds. */
import { watch, type FSWatcher } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { milliseconds, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock, Logger } from '#core/ports.ts'

/** A program that saves a file makes several events; what follows within this time is one change. */
const gatherFor: Duration = milliseconds(4)

export interface WatcherDeps {
  readonly root: string
  readonly clock: Clock
  readonly log: Logger
  /** Paths that moved, and when the first of them did. */
  readonly moved: (paths: ReadonlySet<string>, at: Instant) => void
}

export class FolderWatcher {
  private readonly deps: WatcherDeps
  /** By path; the inode tells a folder from a later one of the same name. */
  private readonly watchers = new Map<string, { readonly inode: number; readonly watcher: FSWatcher }>()
  private gathered: Set<string> | undefined
  private warned = false

  constructor(deps: WatcherDeps) {
    this.deps = deps
  }

  /** Watches what is there now and was not before; call again whenever folders may have come or gone. */
  async renew(): Promise<void> {
    const folders = await foldersBelow(this.deps.root)
    for (const [path, { inode, watcher }] of this.watchers) {
      if (folders.get(path) === inode) continue
      watcher.close()
      this.watchers.delete(path)
    }
    for (const [path, inode] of folders) if (!this.watchers.has(path)) this.add(path, inode)
  }

  close(): void {
    for (const { watcher } of this.watchers.values()) watcher.close()
    this.watchers.clear()
  }

  private add(path: string, inode: number): void {
    try {
      const watcher = watch(path, (_, name) => this.notice(path, name))
      watcher.on('error', () => {
        watcher.close()
        this.watchers.delete(path)
      })
      this.watchers.set(path, { inode, watcher })
    } catch (cause) {
      if (!this.warned)
        this.deps.log.warn('folder cannot be watched, it is only rescanned', { path, cause: String(cause) })
      this.warned = true
    }
  }

  private notice(folder: string, name: string | null): void {
    if (name?.startsWith('.') === true) return
    const path = name === null ? folder : join(folder, name)
    if (this.gathered !== undefined) {
      this.gathered.add(path)
      return
    }
    const gathered = new Set([path])
    this.gathered = gathered
    const at = this.deps.clock.now()
    this.deps.clock.after(gatherFor, () => {
      this.gathered = undefined
      this.deps.moved(gathered, at)
    })
  }
}

/** Inodes by path: the folder itself and what is below it, hidden ones left out. */
async function foldersBelow(path: string): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const own = await stat(path).catch(() => undefined)
  if (own === undefined || !own.isDirectory()) return found
  found.set(path, own.ino)
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    for (const [below, inode] of await foldersBelow(join(path, entry.name))) found.set(below, inode)
  }
  return found
}
