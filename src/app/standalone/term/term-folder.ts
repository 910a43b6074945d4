/*
 * The term files on disk: `allocations-0000000003.json` with the addresses, and beside it the empty `alive-0000000003`,
 * which the holder touches, so that a sign of life does not look like other addresses.
 */
import { watch } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { isCode } from '../../error-code.ts'
import { syncFolder, writeAtomically } from '../../node/atomic-write.ts'
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

  /** Changes with every write; undefined when the file is gone. */
  content(term: number): Promise<string | undefined> {
    return signatureOf(this.fileOf(term))
  }

  /** Changes with every sign of life; empty when there was none. */
  async pulse(term: number): Promise<string> {
    return (await signatureOf(this.pulseOf(term))) ?? ''
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
    await utimes(this.pulseOf(term), now, now).catch((cause: unknown) => {
      if (!isCode(cause, 'ENOENT')) throw cause
      return writeFile(this.pulseOf(term), '')
    })
  }

  async remove(term: number): Promise<void> {
    await rm(this.pulseOf(term), { force: true })
    await rm(this.fileOf(term), { force: true })
  }

  /** Calls back when a term file may have changed; returns what ends it. Throws when the folder cannot be watched. */
  watch(moved: () => void, lost: () => void): () => void {
    const watcher = watch(this.path, (_, name) => {
      if (name === null || namePattern.test(name)) moved()
      else if (name === basename(this.path)) lost()
    })
    watcher.on('error', lost)
    return () => watcher.close()
  }

  /** Not recursive: a state folder is made inside the folder of objects, never instead of it. */
  private async ensure(): Promise<void> {
    await mkdir(this.path).catch((cause: unknown) => {
      if (!isCode(cause, 'EEXIST')) throw cause
    })
  }

  private fileOf(term: number): string {
    return join(this.path, `allocations-${padded(term)}.json`)
  }

  private pulseOf(term: number): string {
    return join(this.path, `alive-${padded(term)}`)
  }
}

function padded(term: number): string {
  return String(term).padStart(10, '0')
}

async function signatureOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(absentAs(undefined))
  return found && `${found.ino}:${found.size}:${found.mtimeNs}`
}

function absentAs<T>(value: T): (cause: unknown) => T {
  return (cause) => {
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR')) return value
    throw cause
  }
}
