import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readKeys, readOrMakeKeys } from '#app/membership/key-file.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'herald-key-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('key file', () => {
  it('is made once, however many processes start together, and readable by the owner only', async () => {
    const path = join(dir, '.herald', 'heartbeat.key')
    const keys = await Promise.all(Array.from({ length: 10 }, () => readOrMakeKeys(path)))
    expect(new Set(keys.map(([key]) => Buffer.from(key).toString('hex'))).size).toBe(1)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(dir, '.herald'))).toEqual(['heartbeat.key'])
    expect(keys[0]![0].length).toBe(64)
  })

  it('may be the user’s own, with or without a line end', async () => {
    await writeFile(join(dir, 'a'), 'sixteen bytes at least')
    await writeFile(join(dir, 'b'), 'sixteen bytes at least\n')
    expect(await readKeys(join(dir, 'a'))).toEqual(await readKeys(join(dir, 'b')))
  })

  it('is refused when too short, without showing it', async () => {
    const path = join(dir, 'short')
    await writeFile(path, 'hunter2\n')
    await expect(readKeys(path)).rejects.toThrow(`${path}: key 1: found 7 bytes, allowed: at least 16`)
  })

  it('holds a key a line, the first of which signs', async () => {
    const path = join(dir, 'two')
    await writeFile(path, 'the new key of this folder\n\nthe old key of this folder\n')
    const keys = await readKeys(path)
    expect(keys.map((key) => Buffer.from(key).toString())).toEqual([
      'the new key of this folder',
      'the old key of this folder',
    ])
  })

  it('is refused when it holds no key', async () => {
    const path = join(dir, 'empty')
    await writeFile(path, '\n')
    await expect(readKeys(path)).rejects.toThrow(
      `${path}: found no key, allowed: one a line, at least 16 bytes`,
    )
  })

  it('of the user’s must exist', async () => {
    await expect(readKeys(join(dir, 'none'))).rejects.toThrow('ENOENT')
  })
})
