/* The views of all nodes as tables for people. */
import { compareText } from '#core/model/collections.ts'
import type { Quarantined } from '#core/model/facts.ts'

import { problemText } from './problem-text.ts'
import type { NodeView } from './node-view.ts'
import { running, teller } from './teller.ts'

/** `wide`: also since when, the pools, and recent moves. */
export function statusText(views: readonly NodeView[], { wide = false } = {}): string {
  const since = wide ? ['SINCE'] : []
  const sections = [
    table(['NODE', 'ROLE', 'TERM', 'READY', 'OTHERS ALIVE'], views.map(nodeRow)),
    wide ? table(['POOL', 'IPV4 IN USE', 'IPV4', 'IPV6 IN USE', 'IPV6'], poolRows(views)) : '',
    table(['SERVICE', 'ADDRESSES', 'POOL', 'REASON', 'MESSAGE'], serviceRows(views)),
    table(
      ['ADDRESS', 'NODE', 'ANNOUNCER', 'PHASE', ...since, 'VIA', 'REASON', 'MESSAGE'],
      views.flatMap((view) => announcementRows(view, wide)),
    ),
    table(
      ['NODE', 'PEER', 'ANNOUNCER', 'STATE', ...since, 'REASON', 'MESSAGE'],
      views.flatMap((view) => peerRows(view, wide)),
    ),
    table(['ADDRESS', 'NODE', 'ALSO ANSWERED BY', 'VIA'], views.flatMap(conflictRows)),
    quarantineTable(teller(views)?.quarantine ?? []),
    wide ? table(['MOVED AT', 'ADDRESS', 'SERVICE', 'FROM', 'TO', 'REASON'], moveRows(views)) : '',
    wide ? table(['CHANGED AT', 'SERVICE', 'BEFORE', 'ADDRESSES', 'REASON'], changeRows(views)) : '',
    problemSection(views),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

export type Row = readonly string[]

function nodeRow({ node, role, drain, term, readiness, members }: NodeView): Row {
  const others = members.filter((member) => member.node !== node)
  const alive = others.filter((member) => member.alive).length
  const ready = role === 'stopped' ? '-' : readiness.ready ? 'yes' : readiness.reasons.join('; ')
  const roles = drain === undefined || role === 'stopped' ? role : `${role}, drained`
  return [node, roles, String(term), ready, others.length === 0 ? '-' : `${alive} of ${others.length}`]
}

function serviceRows(views: readonly NodeView[]): Row[] {
  const services = teller(views)?.services ?? []
  return services.map(({ service, addresses, pool, reason, message }) => [
    service,
    addresses.join(', ') || '-',
    pool ?? '-',
    reason,
    addresses.length === 0 ? message : '',
  ])
}

function poolRows(views: readonly NodeView[]): Row[] {
  const pools = teller(views)?.pools ?? []
  return pools.map(({ pool, ipv4, ipv6 }) => [
    pool,
    String(ipv4.used),
    ipv4.total,
    String(ipv6.used),
    ipv6.total,
  ])
}

function moveRows(views: readonly NodeView[]): Row[] {
  const moves = teller(views)?.moves ?? []
  return moves.map(({ at, address, service, from, to, reason }) => [
    at,
    address,
    service,
    from ?? '-',
    to ?? '-',
    reason,
  ])
}

function changeRows(views: readonly NodeView[]): Row[] {
  const changes = teller(views)?.changes ?? []
  return changes.map(({ at, service, before, addresses, reason }) => [
    at,
    service,
    before.join(', ') || '-',
    addresses.join(', ') || '-',
    reason ?? '-',
  ])
}

function announcementRows({ node, announcements, owners }: NodeView, wide: boolean): Row[] {
  const asked = new Map(
    owners.flatMap((owner) => {
      const { announcer, service, winner, reason } = owner
      return winner === node && reason === 'AsWished' ? [[`${announcer} ${service}`, owner] as const] : []
    }),
  )
  return announcements.map(({ address, announcer, services, phase, via, since, ...told }) => {
    // Whatever the announcer has to say comes before who asked for it.
    const wish = services.flatMap((service) => asked.get(`${announcer} ${service}`) ?? [])[0]
    const { reason, message } = told.reason === undefined && wish !== undefined ? wish : told
    return [
      address,
      node,
      announcer,
      phase,
      ...(wide ? [since ?? '-'] : []),
      via?.join(', ') ?? '-',
      reason ?? '',
      message ?? '',
    ]
  })
}

function peerRows({ node, peers }: NodeView, wide: boolean): Row[] {
  return peers.map(({ peer, announcer, state, since, reason, message }) => [
    node,
    peer,
    announcer,
    state,
    ...(wide ? [since ?? '-'] : []),
    reason ?? '',
    message ?? '',
  ])
}

function conflictRows({ node, conflicts }: NodeView): Row[] {
  return conflicts.map(({ address, hardwareAddress, via }) => [address, node, hardwareAddress, via])
}

export function quarantineTable(marks: readonly Quarantined[]): string {
  const rows = marks.map(({ address, until, hardwareAddress, via, node }) => [
    address,
    until,
    hardwareAddress,
    `${via} of ${node}`,
  ])
  return table(['IN QUARANTINE', 'UNTIL', 'ANSWERED BY', 'VIA'], rows)
}

/** Each problem once, with the nodes that see it. */
function problemSection(views: readonly NodeView[]): string {
  const nodes = new Map<string, string[]>()
  for (const { node, problems } of running(views)) {
    for (const text of problems.map(problemText)) nodes.set(text, [...(nodes.get(text) ?? []), node])
  }
  const lines = [...nodes].map(([text, seenBy]) => `${text} [${seenBy.join(', ')}]`)
  return lines.length === 0 ? '' : ['PROBLEMS', ...lines.sort(compareText)].join('\n')
}

/** Nothing for a table without rows; the last column is not padded. */
export function table(header: Row, rows: readonly Row[]): string {
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
