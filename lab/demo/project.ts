/* Where the demo finds the project's files: it runs as dist/demo.js, and from the sources in tests. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot: string = rootAbove(fileURLToPath(import.meta.url))

export const herald: string = join(projectRoot, 'dist/herald.js')

export function manifestFolder(chapter: string): string {
  return join(projectRoot, 'lab/demo/manifests', chapter)
}

function rootAbove(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) throw new Error(`no package.json above ${path}`)
  }
}
