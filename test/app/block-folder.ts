import { rm, writeFile } from 'node:fs/promises'

import { eventually } from './eventually.ts'

/** Puts a file where a folder was, against a process that keeps making the folder: nothing can be written there. */
export function blockFolder(path: string): Promise<void> {
  return eventually(async () => {
    await rm(path, { recursive: true, force: true })
    await writeFile(path, 'a file where the folder was', { flag: 'wx' })
  })
}
