import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

import { kubeconfigOnly } from '../../scripts/kubeconfig-only.mjs'
import { textModules } from '../../scripts/text-modules.mjs'
import { yamlModules } from '../../scripts/yaml-modules.mjs'

export interface Program {
  readonly script: string
  remove(): void
}

/** The program from its sources, as the build makes it, with the worker of plugins; koffi is found where npm put it. */
export async function bundleProgram(): Promise<Program> {
  const directory = mkdtempSync(join(tmpdir(), 'herald-program-'))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const koffi = createRequire(import.meta.url).resolve('koffi')
  const outside = {
    name: 'koffi-outside',
    resolveId: (id: string) => (id === 'koffi' ? { id: koffi, external: true } : undefined),
  }
  const entries = {
    'herald.mjs': 'src/app/main.ts',
    'plugin-worker.js': 'src/app/plugin-host/worker/main.ts',
  }
  for (const [name, input] of Object.entries(entries)) {
    const plugins = [outside, kubeconfigOnly(), textModules(), yamlModules()]
    const build = await rolldown({ input: join(root, input), cwd: root, platform: 'node', plugins })
    await build.write({ dir: directory, format: 'esm', entryFileNames: name, codeSplitting: false })
    await build.close()
  }
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  return {
    script: join(directory, 'herald.mjs'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
