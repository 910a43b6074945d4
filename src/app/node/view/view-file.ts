/* The view on disk: written when it changed, never at rest, one write at a time and the newest last. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { isCode } from '../../error-code.ts'
import { writeAtomically } from '../atomic-write.ts'
import type { NodeView } from './node-view.ts'

export class ViewFile {
  private readonly path: string
  private readonly unique: string
  private readonly failed: (cause: unknown) => void
  private wanted: string | undefined
  private writing: Promise<void> | undefined

  constructor(options: {
    readonly stateFolder: string
    readonly node: string
    readonly unique: string
    readonly failed: (cause: unknown) => void
  }) {
    this.path = join(viewFolder(options.stateFolder), `${options.node}.json`)
    this.unique = options.unique
    this.failed = options.failed
  }

  /** Settles when this view, or a newer one, is on disk or could not be. */
  put(view: NodeView): Promise<void> {
    this.wanted = `${JSON.stringify(view, undefined, 1)}\n`
    this.writing ??= this.writeAll().finally(() => {
      this.writing = undefined
    })
    return this.writing
  }

  private async writeAll(): Promise<void> {
    while (this.wanted !== undefined) {
      const text = this.wanted
      this.wanted = undefined
      try {
        await this.ensureFolder()
        await writeAtomically(this.path, text, this.unique, { durable: false })
      } catch (cause) {
        this.failed(cause)
      }
    }
  }

  /** The folder of objects itself is never made: if it is away, so is the view. */
  private async ensureFolder(): Promise<void> {
    const folder = dirname(this.path)
    for (const path of [dirname(folder), folder]) {
      await mkdir(path).catch((cause: unknown) => {
        if (!isCode(cause, 'EEXIST')) throw cause
      })
    }
  }
}

/** Views that can be read, by node name; a file of another format or in the making is left out. */
export async function readViews(stateFolder: string): Promise<readonly NodeView[]> {
  const texts = (await viewFiles(stateFolder)).map((path) => readFile(path, 'utf8').catch(() => ''))
  return (await Promise.all(texts)).flatMap((text) => parseView(text) ?? [])
}

/** Paths, sorted by node. */
export async function viewFiles(stateFolder: string): Promise<readonly string[]> {
  const folder = viewFolder(stateFolder)
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name))
}

function viewFolder(stateFolder: string): string {
  return join(stateFolder, 'nodes')
}

type Earlier = Omit<NodeView, 'pools' | 'moves' | 'changes'> & Partial<NodeView>

/** A process of an earlier version writes no pools, no moves and no changes. */
export function parseView(text: string): NodeView | undefined {
  try {
    const value = JSON.parse(text) as Earlier
    const { pools = [], moves = [], changes = [] } = value
    return value.format === 1 ? { ...value, pools, moves, changes } : undefined
  } catch {
    return undefined
  }
}
