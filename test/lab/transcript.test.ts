import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { transcribe, transcriptVariable } from '#lab/transcript.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-transcript-test-'))
  vi.stubEnv(transcriptVariable, folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function kept(): Promise<string> {
  const names = await readdir(folder)
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('')
}

describe('the transcript', () => {
  it.each([
    ['Herald itself', ['node', '/x/dist/herald.js', 'plan']],
    ['Herald in a shell', ['unshare', '--net', 'sh', '-c', 'ip link set lo up\nherald plugins test .']],
    ['the bundle in a shell', ['sh', '-c', 'exec node /x/dist/herald.js plugins test .']],
    ['who asks Herald', ['/usr/bin/curl', 'http://127.0.0.1:7472/metrics']],
  ])('keeps what %s prints', async (_, argv) => {
    transcribe(argv, 'words')
    expect(await kept()).toContain('words')
  })

  it('leaves out what others print', async () => {
    transcribe(['cat', '/tmp/herald-lab-1/key'], 'words')
    transcribe(['vtysh', '-c', 'show run'], 'words')
    expect(await kept()).toBe('')
  })
})
