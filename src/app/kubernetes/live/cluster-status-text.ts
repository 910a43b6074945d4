/* The status of a cluster as tables for people. */
import { quarantineTable, table, type Row } from '../../node/view/status-text.ts'
import type { AnnouncedBy, ClusterStatus } from './cluster-status.ts'

/** `wide`: also who announces each Service, line by line, and since when. */
export function clusterStatusText(
  { pods, pools, services, quarantine = [], problems }: ClusterStatus,
  { wide = false } = {},
): string {
  const sections = [
    pods.length === 0
      ? 'No Pod of Herald in this namespace.'
      : table(['POD', 'NODE', 'READY', 'ROLE'], pods.map(podRow)),
    table(
      ['POOL', 'ASSIGNED', 'AVAILABLE'],
      pools.map(({ pool, assigned, available }) => [pool, String(assigned), String(available)]),
    ),
    table(['SERVICE', 'ADDRESSES', 'POOL', 'ANNOUNCED BY', 'REASON', 'MESSAGE'], services.map(serviceRow)),
    wide ? table(['SERVICE', 'NODE', 'BY', 'VIA', 'SINCE'], services.flatMap(announcementRows)) : '',
    quarantineTable(quarantine),
    problems.length === 0
      ? ''
      : ['PROBLEMS', ...problems.map(({ object, field, message }) => `${object} ${field}: ${message}`)].join(
          '\n',
        ),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function podRow({ pod, node, component, ready, leads, drain }: ClusterStatus['pods'][number]): Row {
  const role = leads === true ? `${component}, writing` : component
  return [pod, node, ready ? 'yes' : 'no', drain === undefined ? role : `${role}, drained`]
}

function serviceRow(view: ClusterStatus['services'][number]): Row {
  const {
    service,
    addresses,
    pool = '-',
    announcedBy,
    wish,
    reason = '',
    message = wish?.message ?? '',
  } = view
  const by = announcedBy.map(announcer).join('; ')
  return [service, addresses.join(', ') || '-', pool, by || '-', reason, message]
}

function announcementRows({ service, announcedBy }: ClusterStatus['services'][number]): Row[] {
  return announcedBy.map(({ node, by, via, since }) => [
    service,
    node,
    by,
    via.join(', ') || '-',
    since ?? '-',
  ])
}

function announcer({ node, by, via }: AnnouncedBy): string {
  return `${node} (${by}${via.length === 0 ? '' : `: ${via.join(', ')}`})`
}
