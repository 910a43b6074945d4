/* Views on disk for somebody who asks often: a file is read again when it changed. */
import { readFile, stat } from 'node:fs/promises'

import type { NodeView } from './node-view.ts'
import { parseView, viewFiles } from './view-file.ts'

interface Shelved {
  readonly version: string
  readonly view: NodeView | undefined
}

export class ViewShelf {
  private readonly stateFolder: string
  private shelved = new Map<string, Shelved>()
  private all: readonly NodeView[] = []

  constructor(stateFolder: string) {
    this.stateFolder = stateFolder
  }

  /** Sorted by node; the same list as before while no file has changed. */
  async views(): Promise<readonly NodeView[]> {
    const paths = await viewFiles(this.stateFolder)
    const now = new Map<string, Shelved>()
    for (const path of paths) now.set(path, await this.take(path))
    const same =
      now.size === this.shelved.size && paths.every((path) => now.get(path) === this.shelved.get(path))
    this.shelved = now
    if (!same) this.all = [...now.values()].flatMap(({ view }) => view ?? [])
    return this.all
  }

  private async take(path: string): Promise<Shelved> {
    const version = await versionOf(path)
    const known = this.shelved.get(path)
    if (known?.version === version) return known
    return { version, view: parseView(await readFile(path, 'utf8').catch(() => '')) }
  }
}

/** A view is replaced, never written over, so a new file is a new inode. */
async function versionOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`
}
