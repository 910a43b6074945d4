import { open, rename, rm } from 'node:fs/promises'

export interface WriteOptions {
  /** Also survives a power cut: the file and its folder entry are on disk when the promise settles. */
  readonly durable: boolean
  readonly mode?: number
}

/** Readers see the old content or the new, never a part. `unique` keeps two writers' temporary files apart. */
export async function writeAtomically(
  path: string,
  text: string,
  unique: string,
  options: WriteOptions,
): Promise<void> {
  const temporary = `${path}.${unique}.tmp`
  try {
    const file = await open(temporary, 'w', options.mode ?? 0o644)
    try {
      await file.writeFile(text)
      if (options.durable) await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw cause
  }
}

/** Makes renames and creations in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
