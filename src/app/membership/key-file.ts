/*
 * The keys that heartbeats are signed with: shared by everybody who can read the file, and nobody else. One key a line;
 * the first signs, all are believed. So a key is replaced without anybody falling silent: add the new one as the last
 * line everywhere, then move it to the first, then delete the old one.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { isCode } from '../error-code.ts'
import type { Keys } from './protocol.ts'

const shortestKey = 16

/** Reads the keys; the first process of a folder makes one. Rejects with a message that shows nothing of them. */
export async function readOrMakeKeys(path: string): Promise<Keys> {
  const found = await readFile(path).catch(absent)
  if (found !== undefined) return checked(path, found)
  await mkdir(dirname(path), { recursive: true })
  await make(path)
  return checked(path, await readFile(path))
}

/** Reads a file that the user names; it must exist. */
export async function readKeys(path: string): Promise<Keys> {
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

function checked(path: string, content: Uint8Array): Keys {
  const lines = new TextDecoder().decode(content).split('\n')
  const keys = lines.map((line) => new TextEncoder().encode(line.trim())).filter(({ length }) => length > 0)
  const short = keys.findIndex(({ length }) => length < shortestKey)
  const found = keys[short]?.length
  if (found !== undefined)
    throw new Error(`${path}: key ${short + 1}: found ${found} bytes, allowed: at least ${shortestKey}`)
  const [first, ...more] = keys
  if (first === undefined)
    throw new Error(`${path}: found no key, allowed: one a line, at least ${shortestKey} bytes`)
  return [first, ...more]
}

function absent(cause: unknown): undefined {
  if (!isCode(cause, 'ENOENT')) throw cause
}
