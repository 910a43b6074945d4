/* The program of a plugin's worker, from its sources. */
import { fileURLToPath, pathToFileURL } from 'node:url'

import { afterAll, beforeAll } from 'vitest'

import { realClock } from '#testkit/real-clock.ts'
import type { HostDeps } from '#app/plugin-host/load.ts'

import { bundleWorker, type BundledWorker } from '../../platform/bundle-worker.ts'

/** For a test file that starts modules: bundles once, before its tests. */
export function workerScript(): () => HostDeps {
  let worker: BundledWorker | undefined
  beforeAll(async () => {
    worker = await bundleWorker(
      fileURLToPath(new URL('../../../src/app/plugin-host/worker/main.ts', import.meta.url)),
    )
  })
  afterAll(() => worker?.remove())
  return () => ({ clock: realClock, workerScript: pathToFileURL(worker?.script ?? '') })
}
