/* What a process says of itself once, when it has started. */
import type { LogFields } from '#core/ports.ts'
import type { ListenAddress } from '#metrics/listen.ts'

import type { ManifestSet } from '../manifests/merge.ts'
import type { StandaloneOptions } from './options.ts'
import type { NodeView } from '../node/view/node-view.ts'
import { problemText } from '../node/view/problem-text.ts'

export interface SummaryInput {
  readonly options: StandaloneOptions
  readonly view: NodeView
  readonly set: ManifestSet
  readonly files: number
  /** As bound; undefined = off. */
  readonly metrics: ListenAddress | undefined
  readonly page: ListenAddress | undefined
}

export function summaryFields(input: SummaryInput): LogFields {
  const { options, view, files, metrics, page } = input
  return {
    version: view.version,
    folder: options.folder,
    files,
    role: view.role,
    term: view.term,
    ...countsOf(input),
    ...(metrics === undefined ? {} : { metrics: `${urlOf(metrics)}metrics` }),
    ...(page === undefined ? {} : { page: urlOf(page) }),
    problems: view.problems.length,
  }
}

export function summaryText(input: SummaryInput): string {
  const { options, view, files, metrics, page } = input
  const others = view.members.length - 1
  const rows: readonly (readonly [string, string])[] = [
    ['role', `${view.role}, term ${view.term}`],
    ['read', objectsText(input)],
    ['metrics', metrics === undefined ? 'off' : `${urlOf(metrics)}metrics`],
    ['page', page === undefined ? 'off' : urlOf(page)],
    [
      'heartbeats',
      others === 0 ? 'none: this is the only node' : `UDP ${options.heartbeats.port}, ${others} other nodes`,
    ],
    ['problems', view.problems.length === 0 ? 'none' : String(view.problems.length)],
  ]
  return [
    `herald ${view.version}: node ${view.node}, folder ${options.folder} (${files} files)`,
    ...rows.map(([name, text]) => `  ${name.padEnd(11)}${text}`),
    ...view.problems.map((problem) => `    ${problemText(problem)}`),
  ].join('\n')
}

function objectsText(input: SummaryInput): string {
  return Object.entries(countsOf(input))
    .map(([kind, count]) => `${count} ${count === 1 ? kind.replace(/s$/, '') : kind}`)
    .join(', ')
}

function countsOf({ set, view }: SummaryInput): Record<string, number> {
  const count = (kind: string): number => set.config.filter((object) => object.kind === kind).length
  return {
    pools: count('IPAddressPool'),
    advertisements: set.config.filter(({ kind }) => kind.endsWith('Advertisement')).length,
    peers: count('BGPPeer'),
    services: view.services.length,
    addressed: view.services.filter(({ addresses }) => addresses.length > 0).length,
    nodes: set.nodes?.length ?? 0,
  }
}

function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`
}
