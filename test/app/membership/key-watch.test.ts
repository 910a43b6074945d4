import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { watchKeys } from '#app/membership/key-watch.ts'
import { fakeLogger, type LogLine } from '#core/fakes/fake-host.ts'
import { until } from '#lab/until.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'herald-keys-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

it('follows a key file through links that are swapped, and keeps the keys when what it finds is wrong', async () => {
  const [lines, seen]: [LogLine[], string[][]] = [[], []]
  const path = join(dir, 'keys')
  await writeFile(join(dir, '1'), 'the first key of them all\n')
  await writeFile(join(dir, '2'), 'the second key of them all\nthe first key of them all\n')
  await writeFile(join(dir, '3'), 'short\n')
  const swap = async (to: string): Promise<void> => {
    await symlink(to, join(dir, 'new'))
    await rename(join(dir, 'new'), path)
  }
  await swap('1')
  const stop = watchKeys(path, fakeLogger(lines), (keys) => {
    seen.push(keys.map((key) => Buffer.from(key).toString()))
  })
  try {
    await swap('2')
    await until('the new keys', () => seen.length === 1)
    expect(seen).toEqual([['the second key of them all', 'the first key of them all']])
    await swap('3')
    await until('the complaint', () => lines.some(({ level }) => level === 'error'))
    expect(seen).toHaveLength(1)
    expect(JSON.stringify(lines)).toContain('key 1: found 5 bytes, allowed: at least 16')
    expect(JSON.stringify(lines)).not.toContain('of them all')
  } finally {
    stop()
  }
})
