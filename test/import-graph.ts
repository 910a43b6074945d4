/* Which folder of src imports which: what docs/architecture.md draws. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

import ts from 'typescript'

/** Folders whose parts are worth telling apart; everything else is one box. */
const divided = new Set(['app', 'plugins', 'platform'])

/** Boxes and arrows as Mermaid has them, sorted; what everything imports is left out. */
export function importGraph(root: string, everybodys: ReadonlySet<string>): string {
  const src = join(root, 'src')
  const arrows = new Set<string>()
  for (const file of filesUnder(src)) {
    const from = boxOf(relative(src, file))
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
      const target = fileName.startsWith('#')
        ? join(src, fileName.slice(1))
        : fileName.startsWith('.')
          ? resolve(dirname(file), fileName)
          : undefined
      if (target === undefined || relative(src, target).startsWith('..')) continue
      const to = boxOf(relative(src, target))
      if (from !== to && !everybodys.has(to)) arrows.add(`  ${id(from)}["${from}"] --> ${id(to)}["${to}"]`)
    }
  }
  return ['flowchart LR', ...[...arrows].sort()].join('\n')
}

function boxOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  if (!divided.has(top)) return top.replace(/\.ts$/, '')
  return second.endsWith('.ts') ? top : `${top}/${second}`
}

const id = (box: string): string => box.replaceAll(/[/-]/g, '_')

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}
