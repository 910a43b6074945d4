import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { rolldown } from 'rolldown'

const resolveFrom = createRequire(import.meta.url)

export interface BundledWorker {
  /** Path of the bundle: what a Worker, or `node`, can run on every supported Node. */
  readonly script: string
  remove(): void
}

/** Bundles the TypeScript entry `input` (an absolute path) into one JavaScript file in a temporary folder. */
export async function bundleWorker(input: string): Promise<BundledWorker> {
  const dir = mkdtempSync(join(tmpdir(), 'herald-worker-'))
  const build = await rolldown({
    input: { worker: input },
    platform: 'node',
    plugins: [
      {
        // koffi finds its native file relative to its package, so it stays outside the bundle.
        name: 'koffi-outside',
        resolveId: (id) =>
          id === 'koffi' ? { id: resolveFrom.resolve('koffi'), external: true } : undefined,
      },
    ],
  })
  await build.write({ dir, format: 'esm', entryFileNames: '[name].mjs', codeSplitting: false })
  await build.close()
  return { script: join(dir, 'worker.mjs'), remove: () => rmSync(dir, { recursive: true, force: true }) }
}
