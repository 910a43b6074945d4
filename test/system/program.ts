import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

import { textModules } from '../../scripts/text-modules.mjs'
import { yamlModules } from '../../scripts/yaml-modules.mjs'

export interface Program {
  readonly script: string
  remove(): void
}

/** The program from its sources, as the build makes it; koffi is found where npm put it. */
export async function bundleProgram(): Promise<Program> {
  const directory = mkdtempSync(join(tmpdir(), 'herald-program-'))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const koffi = createRequire(import.meta.url).resolve('koffi')
  const outside = {
    name: 'koffi-outside',
    resolveId: (id: string) => (id === 'koffi' ? { id: koffi, external: true } : undefined),
  }
  const build = await rolldown({
    input: { herald: join(root, 'src/app/main.ts') },
    cwd: root,
    platform: 'node',
    plugins: [outside, textModules(), yamlModules()],
  })
  await build.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs', codeSplitting: false })
  await build.close()
  return {
    script: join(directory, 'herald.mjs'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
