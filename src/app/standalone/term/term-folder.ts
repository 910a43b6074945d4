/* The term files on disk: `allocations-0000000003.json`. */
import { mkdir, open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { syncFolder, writeAtomically } from '../atomic-write.ts'
import { formatTermFile, parseTermFile, type TermFile, type TermFileFault } from './term-file.ts'

const namePattern = /^allocations-(\d{10})\.json$/

export class TermFolder {
  readonly path: string
  private readonly unique: string

  constructor(path: string, unique: string) {
    this.path = path
    this.unique = unique
  }

  /** Term numbers present, highest first. */
  async list(): Promise<readonly number[]> {
    const names = await readdir(this.path).catch(absentAs<string[]>([]))
    const terms = names.flatMap((name) => namePattern.exec(name)?.[1] ?? []).map(Number)
    return terms.sort((a, b) => b - a)
  }

  /** Changes with every write and every renewal; undefined when the file is gone. */
  async mark(term: number): Promise<string | undefined> {
    const found = await stat(this.fileOf(term), { bigint: true }).catch(absentAs(undefined))
    return found && `${found.ino}:${found.size}:${found.mtimeNs}`
  }

  async read(term: number): Promise<TermFile | TermFileFault | undefined> {
    const text = await readFile(this.fileOf(term), 'utf8').catch(absentAs(undefined))
    return text === undefined ? undefined : parseTermFile(text)
  }

  /** True for exactly one process, whoever else tries. */
  async claim(file: TermFile): Promise<boolean> {
    await this.ensure()
    try {
      const created = await open(this.fileOf(file.term), 'wx')
      await created.writeFile(formatTermFile(file))
      await created.close()
      return true
    } catch (cause) {
      if (isCode(cause, 'EEXIST')) return false
      throw cause
    }
  }

  async write(file: TermFile): Promise<void> {
    await this.ensure()
    await writeAtomically(this.fileOf(file.term), formatTermFile(file), this.unique, { durable: true })
    await syncFolder(this.path)
  }

  /** Shows the followers that the holder lives. The time written is never read as a time. */
  async renew(term: number): Promise<void> {
    const now = new Date()
    await utimes(this.fileOf(term), now, now)
  }

  async remove(term: number): Promise<void> {
    await rm(this.fileOf(term), { force: true })
  }

  /** Not recursive: a state folder is made inside the folder of objects, never instead of it. */
  private async ensure(): Promise<void> {
    await mkdir(this.path).catch((cause: unknown) => {
      if (!isCode(cause, 'EEXIST')) throw cause
    })
  }

  private fileOf(term: number): string {
    return join(this.path, `allocations-${String(term).padStart(10, '0')}.json`)
  }
}

function absentAs<T>(value: T): (cause: unknown) => T {
  return (cause) => {
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR')) return value
    throw cause
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
