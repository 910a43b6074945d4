import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, expectTypeOf, it } from 'vitest'

import type { Announcer } from '#core/announcer.ts'

import { importGraph } from './import-graph.ts'

const root = join(import.meta.dirname, '..')
const plugins = readdirSync(join(root, 'src/plugins'))

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

describe('the seam', () => {
  it('has three verbs', () => {
    expectTypeOf<keyof Announcer>().toEqualTypeOf<'open' | 'reconcile' | 'close'>()
  })

  it('is one file that a newcomer reads in one sitting', () => {
    expect(read('src/core/announcer.ts').split('\n').length).toBeLessThan(250)
  })
})

describe('docs/architecture.md', () => {
  it('draws the imports as they are', () => {
    const path = 'docs/architecture.md'
    const page = read(path)
    const drawn = page.replace(
      /(<!-- generated: import graph -->\n```mermaid\n).*?(?=\n```)/s,
      (_, head: string) => head + importGraph(root, new Set(['core'])),
    )
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(join(root, path), drawn)
    expect(page.includes('<!-- generated: import graph -->') && drawn).toBe(read(path))
  })
})

describe('a plugin folder', () => {
  const parts = [
    'README.md',
    'plugin.ts',
    'config.ts',
    'announcer.ts',
    'metrics.ts',
    'log.ts',
    'errors.ts',
    'io',
  ]
  const headings = [
    'Name',
    'Description',
    'Configuration',
    'Options',
    'Metrics',
    'Status',
    'Failure modes',
    'Privileges',
  ]

  it.each(plugins)('%s has the parts that every plugin has', (plugin) => {
    expect(parts.filter((part) => !existsSync(join(root, 'src/plugins', plugin, part)))).toEqual([])
  })

  it.each(plugins)('%s has a manual page with every heading, in order', (plugin) => {
    const found = [...read(`src/plugins/${plugin}/README.md`).matchAll(/^## (.+)$/gm)].map(
      ([, heading]) => heading,
    )
    expect(found.filter((heading) => headings.includes(heading ?? ''))).toEqual(headings)
  })

  it.each(plugins)('%s names every metric in its manual page, and no other', async (plugin) => {
    const specs = JSON.stringify(await import(join(root, `src/plugins/${plugin}/metrics.ts`)))
    const declared = new Set(specs.match(/\b(metallb|herald)_[a-z0-9_]+/g) ?? [])
    const documented = new Set(
      read(`src/plugins/${plugin}/README.md`).match(/\b(metallb|herald)_[a-z0-9_]+/g) ?? [],
    )
    expect([...documented].sort()).toEqual([...declared].sort())
  })
})

describe('the sources', () => {
  const files = filesUnder('src')
  const lengths = files.map((file) => read(file).split('\n').length).sort((a, b) => a - b)

  it('keep their median file under 150 lines', () => {
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(150)
  })

  it('cross from one top folder to another by the # map, never by a ladder of dots', () => {
    expect(files.filter((file) => /from '\.\.\/\.\.\/\.\.\//.test(read(file)))).toEqual([])
  })

  it('have a test for every wire format', () => {
    const wire = files.filter((file) => file.includes('/wire/') && !file.endsWith('/iana.ts'))
    const untested = wire.filter((file) => {
      const folder = file.replace(/^src\//, 'test/').replace(/\/[^/]+$/, '')
      const tests = existsSync(join(root, folder)) ? filesUnder(folder).map(read).join('\n') : ''
      const name = file.split('/').at(-1) ?? ''
      return !tests.includes(name)
    })
    expect(untested).toEqual([])
  })
})
