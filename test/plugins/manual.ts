/* The manual page of a plugin, as its tests read it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const plugins = join(import.meta.dirname, '../../src/plugins')

export function manualOf(plugin: string) {
  const folder = join(plugins, plugin)
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  return {
    folder,
    text,
    section: (heading: string): string => text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '',
  }
}

/** First cells of a section's tables. */
export function rows(section: string): string[] {
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, cell = '']) => cell)
}
