import { randomBytes } from 'node:crypto'
import { chmod, chown, open, rename, rm, stat } from 'node:fs/promises'

import type { ConfFile } from '../file-announcer.ts'

/** It holds passwords: of a file that is there already, owner and mode are kept; a new one is its writer's alone. */
const ownMode = 0o600

export function confFile(path: string): ConfFile {
  return { path, write: (text) => write(path, text) }
}

async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', ownMode)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await likeBefore(path, temporary)
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw cause
  }
}

async function likeBefore(path: string, temporary: string): Promise<void> {
  const before = await stat(path).catch(() => undefined)
  if (before === undefined) return
  await chown(temporary, before.uid, before.gid)
  await chmod(temporary, before.mode & 0o777)
}
