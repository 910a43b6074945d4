/* `npm run demo:cluster`, as a person runs it: the walk-through in a cluster, with both halves of Herald. */
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { execute } from '#lab/command.ts'

import { describeCluster } from './cluster-harness.ts'

const demo = fileURLToPath(new URL('../../dist/demo.js', import.meta.url))

describeCluster('the walk-through in a cluster', () => {
  test('every step holds', async () => {
    const { code, stdout } = await execute([process.execPath, demo, 'cluster'], { timeout: 240_000 })
    expect(stdout).toContain('12 of 12 steps held')
    expect(code).toBe(0)
  }, 260_000)
})
