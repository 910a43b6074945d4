/* docs/plugins.md, block by block: files are written, commands are run, and what is shown has to come out. */
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { execute } from '#lab/command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('is a tutorial that works', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'herald-tutorial-'))
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true })
    await rm('/tmp/herald-tutorial-announced', { force: true })
  })
  await writeFile(join(folder, 'herald'), `#!/bin/sh\nexec ${process.execPath} ${root}dist/herald.js "$@"\n`)
  await chmod(join(folder, 'herald'), 0o755)
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules/heraldlb'))
  const env = { PATH: `${folder}:${process.env['PATH']}` }
  const text = await readFile(join(root, 'docs/plugins.md'), 'utf8')
  const options = { cwd: folder, env, timeout: 50_000 }
  let said = ''
  let blocks = 0
  for (const [, kind = '', file, body = ''] of text.matchAll(/^```(\w+)(?: file=(\S+))?\n(.*?)^```/gms)) {
    blocks++
    if (file !== undefined) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), body)
    } else if (kind === 'sh') {
      const shell = ['bash', '-c', `ip link set lo up; set -m\n${body}`]
      const { stdout, stderr, code } = await execute(['unshare', '--net', ...shell], options)
      said = stdout + stderr
      expect({ code, said }).toMatchObject({ code: 0 })
    } else for (const line of body.trimEnd().split('\n')) expect(said).toContain(line)
  }
  expect(blocks).toBe(13)
}, 180_000)
