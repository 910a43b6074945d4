/* The views of all nodes as tables for people. */
import { compareText } from '#core/model/collections.ts'

import { problemText } from './problem-text.ts'
import type { NodeView } from './node-view.ts'

export function statusText(views: readonly NodeView[]): string {
  const sections = [
    table(['NODE', 'ROLE', 'TERM', 'READY', 'OTHERS ALIVE'], views.map(nodeRow)),
    table(['SERVICE', 'ADDRESSES', 'POOL', 'REASON', 'MESSAGE'], serviceRows(views)),
    table(
      ['ADDRESS', 'NODE', 'ANNOUNCER', 'PHASE', 'VIA', 'REASON', 'MESSAGE'],
      views.flatMap(announcementRows),
    ),
    table(['NODE', 'PEER', 'ANNOUNCER', 'STATE', 'REASON', 'MESSAGE'], views.flatMap(peerRows)),
    table(['ADDRESS', 'NODE', 'ALSO ANSWERED BY', 'VIA'], views.flatMap(conflictRows)),
    problemSection(views),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

type Row = readonly string[]

function nodeRow({ node, role, term, readiness, members }: NodeView): Row {
  const others = members.filter((member) => member.node !== node)
  const alive = others.filter((member) => member.alive).length
  const ready = role === 'stopped' ? '-' : readiness.ready ? 'yes' : readiness.reasons.join('; ')
  return [node, role, String(term), ready, others.length === 0 ? '-' : `${alive} of ${others.length}`]
}

/** As the process that allocates sees them, or whoever there is. */
function serviceRows(views: readonly NodeView[]): Row[] {
  const running = views.filter(({ role }) => role !== 'stopped')
  const teller = running.find(({ role }) => role === 'allocating') ?? running[0]
  const services = teller?.services ?? []
  return services.map(({ service, addresses, pool, reason, message }) => [
    service,
    addresses.join(', ') || '-',
    pool ?? '-',
    reason,
    addresses.length === 0 ? message : '',
  ])
}

function announcementRows({ node, announcements }: NodeView): Row[] {
  return announcements.map(({ address, announcer, phase, via, reason, message }) => [
    address,
    node,
    announcer,
    phase,
    via?.join(', ') ?? '-',
    reason ?? '',
    message ?? '',
  ])
}

function peerRows({ node, peers }: NodeView): Row[] {
  return peers.map(({ peer, announcer, state, reason, message }) => [
    node,
    peer,
    announcer,
    state,
    reason ?? '',
    message ?? '',
  ])
}

function conflictRows({ node, conflicts }: NodeView): Row[] {
  return conflicts.map(({ address, hardwareAddress, via }) => [address, node, hardwareAddress, via])
}

/** Each problem once, with the nodes that see it. */
function problemSection(views: readonly NodeView[]): string {
  const nodes = new Map<string, string[]>()
  for (const { node, role, problems } of views) {
    if (role === 'stopped') continue
    for (const text of problems.map(problemText)) nodes.set(text, [...(nodes.get(text) ?? []), node])
  }
  const lines = [...nodes].map(([text, seenBy]) => `${text} [${seenBy.join(', ')}]`)
  return lines.length === 0 ? '' : ['PROBLEMS', ...lines.sort(compareText)].join('\n')
}

/** Nothing for a table without rows; the last column is not padded. */
function table(header: Row, rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
