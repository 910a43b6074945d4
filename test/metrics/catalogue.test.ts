import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { catalogue, type CatalogueEntry } from '#metrics/catalogue.ts'

const page = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url))

/** Each metric stands under the first of these that its name begins with. */
const chapters: readonly (readonly [title: string, prefixes: readonly string[]])[] = [
  ['Input', ['metallb_k8s_']],
  ['Pools', ['metallb_allocator_']],
  ['What is announced', ['metallb_speaker_']],
  ['L2', ['metallb_layer2_', 'herald_l2_']],
  ['BGP', ['metallb_bgp_', 'herald_bgp_']],
  ['BFD', ['metallb_bfd_', 'herald_bfd_']],
  ['FRR as the backend', ['herald_frr_']],
  ['GoBGP as the backend', ['herald_gobgp_']],
  ['Herald itself', ['herald_']],
]

const entries = [...catalogue.values()]

function chapterOf({ name }: CatalogueEntry): string | undefined {
  return chapters.find(([, prefixes]) => prefixes.some((prefix) => name.startsWith(prefix)))?.[0]
}

function rendered(): string {
  const sections = chapters.map(([title]) => {
    const rows = entries
      .filter((entry) => chapterOf(entry) === title)
      .map(({ name, type, labels, help }) => {
        const labelText = labels.map((label) => `\`${label}\``).join(', ')
        return `| \`${name}\` | ${type} | ${labelText} | ${help} |`
      })
    return [`## ${title}`, '', '| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join(
      '\n',
    )
  })
  return `${[
    '<!-- Generated from src/metrics/catalogue.ts by test/metrics/catalogue.test.ts; UPDATE_GOLDEN=1 rewrites it. -->',
    '# Metrics',
    [
      'Served at `/metrics` of `--metrics-address`. Names, types and labels of `metallb_*` are MetalLB’s, so that dashboards and alerts',
      'keep working; `herald_*` are our own. Plugins of others begin theirs with `herald_plugin_`. Beside these there are the usual',
      '`process_*` and `nodejs_*`. Rules and dashboards over them: [`metrics/`](../metrics/README.md).',
    ].join('\n'),
    ...sections,
  ].join('\n\n')}\n`
}

describe('the catalogue of metrics', () => {
  it('says of each what it means, in a sentence', () => {
    for (const { name, help } of entries) expect(help, name).toMatch(/^[A-Z0-9].*\.$/)
  })

  it('gives our own counters, and nothing else of ours, the suffix _total', () => {
    const own = entries.filter(({ name }) => name.startsWith('herald_'))
    expect(own.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))).toEqual([])
  })

  it('has a chapter for every metric in docs/metrics.md, which is up to date', () => {
    expect(entries.filter((entry) => chapterOf(entry) === undefined)).toEqual([])
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, rendered())
    expect(readFileSync(page, 'utf8')).toBe(rendered())
  })
})
