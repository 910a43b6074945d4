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
      .map(({ name, type, labels, optional = [], help }) => {
        const labelText = [
          ...labels.map((label) => `\`${label}\``),
          ...optional.map((label) => `\`${label}\` (with frr)`),
        ].join(', ')
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

/** As MetalLB exports them: of its speaker with its own BGP, and with FRR. One that it never sets is left out. */
const metallb = `
counter metallb_k8s_client_: updates_total update_errors_total
gauge metallb_k8s_client_: config_loaded_bool config_stale_bool
gauge metallb_allocator_ pool: addresses_total ipv4_addresses_total ipv6_addresses_total addresses_in_use_total ipv4_addresses_in_use_total ipv6_addresses_in_use_total
gauge metallb_speaker_ service,protocol,node,ip: announced
counter metallb_layer2_ ip: requests_received responses_sent gratuitous_sent
gauge metallb_bgp_ peer,vrf: session_up announced_prefixes_total pending_prefixes_total
counter metallb_bgp_ peer,vrf: opens_sent opens_received notifications_sent updates_total updates_total_received keepalives_sent keepalives_received route_refresh_sent total_sent total_received
gauge metallb_bfd_ peer,vrf: session_up
counter metallb_bfd_ peer,vrf: control_packet_input control_packet_output echo_packet_input echo_packet_output session_up_events session_down_events zebra_notifications
`

function metallbNames(): string[] {
  const lines = [...metallb.matchAll(/^(\w+) (\w+) ?(\S*): (.*)$/gm)]
  return lines.flatMap(([, type, prefix, labels = '', names = '']) =>
    names.split(' ').map((name) => `${type} ${prefix}${name}{${labels}}`),
  )
}

describe('the catalogue of metrics', () => {
  it('has every metric of MetalLB, with its type and its labels, and no other of that name', () => {
    const ours = entries.filter(({ name }) => name.startsWith('metallb_'))
    const shapes = ours.map(
      ({ name, type, labels, optional = [] }) => `${type} ${name}{${[...labels, ...optional].join(',')}}`,
    )
    expect(shapes.sort()).toEqual(metallbNames().sort())
  })

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
