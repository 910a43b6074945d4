/* Totals, nodes, pools, peers, moves, problems. */
import { badge, byId, element, empty, table, timeOf } from './dom.js'

export function drawOverview(overview) {
  const { node, version, counts } = overview
  byId('whoami').textContent = `on ${node} · ${version}`
  byId('counts').replaceChildren(
    ...Object.entries(counts).map(([name, count]) =>
      element(
        'div',
        {},
        element('dt', {}, name[0].toUpperCase() + name.slice(1)),
        element('dd', {}, String(count)),
      ),
    ),
  )
  byId('node-table').replaceChildren(nodeTable(overview))
  byId('pool-table').replaceChildren(poolTable(overview))
  byId('peer-table').replaceChildren(peerTable(overview))
  byId('move-list').replaceChildren(timeline(overview))
  byId('problem-table').replaceChildren(...problemTables(overview))
}

function nodeTable({ nodes }) {
  const rows = nodes.map(({ node, role, ready, reasons, alive, detail, owns }) => [
    node,
    role ?? '',
    ready === undefined
      ? badge('not seen from here', 'wait')
      : badge(ready ? 'ready' : 'not ready', ready ? 'good' : 'bad'),
    alive === undefined ? '' : badge(alive ? 'alive' : 'lost', alive ? 'good' : 'bad'),
    String(owns),
    [detail, ...reasons].filter(Boolean).join('; '),
  ])
  return table(
    'Nodes',
    ['Node', 'Role', 'Readiness', 'Heartbeats', 'Addresses it answers for', 'Detail'],
    rows,
  )
}

function poolTable({ pools }) {
  const rows = pools.map(({ pool, ipv4, ipv6 }) => [
    pool,
    usage(`${pool} IPv4`, ipv4),
    usage(`${pool} IPv6`, ipv6),
  ])
  return table('Pools', ['Pool', 'IPv4', 'IPv6'], rows)
}

/** Totals are text: an IPv6 pool has more addresses than a number can tell apart. */
function usage(label, { used, total }) {
  if (total === '0') return ''
  const share = used / Number(total)
  const bar = element('meter', { min: '0', max: '1', high: '0.9', value: String(share), 'aria-label': label })
  return element('span', {}, bar, ` ${used} of ${total}`)
}

function peerTable({ peers }) {
  const rows = peers.map(({ node, peer, announcer, state, since, reason, message }) => [
    peer,
    node,
    announcer,
    badge(state, state === 'Established' ? 'good' : 'wait'),
    timeOf(since),
    [reason, message].filter(Boolean).join(': '),
  ])
  return table('Peers', ['Peer', 'Node', 'Backend', 'State', 'Since', 'Detail'], rows)
}

/** Which node came to answer for an address, and which Service came to have one; newest first. */
function timeline({ moves, changes }) {
  const entries = [
    ...moves.map(({ address, service, announcer, from, to, ...rest }) => ({
      ...rest,
      what: address,
      happened: ` (${service}, ${announcer}): ${from ?? 'nobody'} → ${to ?? 'nobody'} `,
    })),
    ...changes.map(({ service, before, addresses, ...rest }) => ({
      ...rest,
      what: service,
      happened: `: ${before.join(', ') || 'no address'} → ${addresses.join(', ') || 'no address'} `,
    })),
  ]
  if (entries.length === 0) return empty('No address has moved or changed since this process started.')
  return element(
    'ol',
    { class: 'moves' },
    entries.sort((a, b) => b.at.localeCompare(a.at)).map(timelineEntry),
  )
}

function timelineEntry({ at, what, happened, reason, message }) {
  const why = reason === undefined ? 'the Service is gone' : `${reason}: ${message}`
  const subject = element('span', { class: 'address' }, what)
  return element('li', {}, timeOf(at), ' ', subject, happened, element('span', { class: 'reason' }, why))
}

function problemTables({ problems, conflicts, assumptions }) {
  const faults = problems.map(({ object, field, reason, message, file, line, seenBy }) => [
    object,
    field,
    reason,
    message,
    file === undefined ? '' : `${file}:${line}`,
    seenBy.join(', '),
  ])
  const strangers = conflicts.map(({ address, node, hardwareAddress, via }) => [
    address,
    hardwareAddress,
    via,
    node,
  ])
  return [
    table('Problems', ['Object', 'Field', 'Reason', 'What is wrong', 'Where', 'Seen by'], faults),
    ...(strangers.length === 0
      ? []
      : [
          element('h3', {}, 'Answered by a stranger'),
          table('Conflicts', ['Address', 'Hardware address', 'On', 'Seen by'], strangers),
        ]),
    ...(assumptions.length === 0
      ? []
      : [
          element('h3', {}, 'Assumed'),
          element(
            'ul',
            {},
            assumptions.map((text) => element('li', {}, text)),
          ),
        ]),
  ]
}
