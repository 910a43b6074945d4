/* The key that heartbeats are signed with: shared by everybody who can read the folder's state, and nobody else. */
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const shortestKey = 16

/** Reads the key; the first process of a folder makes it. Rejects with a message that shows nothing of it. */
export async function readOrMakeKey(path: string): Promise<Uint8Array> {
  const found = await readFile(path).catch(absent)
  if (found !== undefined) return checked(path, found)
  await mkdir(dirname(path), { recursive: true })
  await make(path)
  return checked(path, await readFile(path))
}

/** Reads a key that the user names; it must exist. */
export async function readKey(path: string): Promise<Uint8Array> {
  return checked(path, await readFile(path))
}

/** A link appears whole or not at all, and only if nobody else made one: no reader finds half a key. */
async function make(path: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await writeFile(temporary, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    await link(temporary, path)
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw cause
  } finally {
    await rm(temporary, { force: true })
  }
}

function checked(path: string, content: Uint8Array): Uint8Array {
  const key = new TextEncoder().encode(new TextDecoder().decode(content).trim())
  if (key.length >= shortestKey) return key
  throw new Error(`${path}: found ${key.length} bytes, allowed: at least ${shortestKey}`)
}

function absent(cause: unknown): undefined {
  if (!isCode(cause, 'ENOENT')) throw cause
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
