/* examples/plugins/kernel-address in a network namespace of its own, proven by herald plugins test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { run } from '#lab/command.ts'

import { installExample } from './example-plugin.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('kernel-address keeps every promise of the seam, and the kernel answers for what it announces', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'herald-kernel-address-'))
  test.onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await installExample('kernel-address', folder, 'koffi')
  const script = `ip link set lo up && ip link add herald0 type veth peer name herald1 && ip link set herald0 up && ip link set herald1 up
    exec ${process.execPath} ${root}dist/herald.js plugins test ${folder}`
  const inside = ['sh', '-c', `mount -t sysfs sysfs /sys && ${script}`]
  const stdout = await run(['unshare', '--net', '--mount', ...inside], { timeout: 55_000 })
  expect(stdout).toContain('✓ falls silent when the fence closes, without another reconcile')
  expect(stdout).toContain('✓ clears or adopts what an earlier run left behind')
  expect(stdout).toMatch(/\d+ hold, 0 fail/)
})
