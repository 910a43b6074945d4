/* What this node announces for each Service, as the status objects, events and log say it. */
import { groupBy } from '#core/model/collections.ts'
import type { Address } from '#core/model/address.ts'
import type { OwnDecisions } from '#core/incremental/own-part.ts'
import type { Announcement, Assignment } from '#core/model/decisions.ts'
import type { TargetStatus } from '#core/announcer.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'

export type Protocol = 'layer2' | 'bgp'

export interface Report {
  /** `namespace/name`. */
  readonly service: string
  readonly protocol: Protocol
  /** layer2: interfaces it is announced on, sorted; empty = all. bgp: names of BGPPeers, sorted. */
  readonly through: readonly string[]
}

/** Why a Service that this node has to announce is not. */
export interface Failure {
  readonly service: string
  readonly announcer: string
  readonly message: string
}

export interface Reports {
  /** By `reportKey`. */
  readonly announced: ReadonlyMap<string, Report>
  readonly failed: readonly Failure[]
}

export function reportKey({ service, protocol }: Pick<Report, 'service' | 'protocol'>): string {
  return [protocol, service].join(' ')
}

/**
 * Of this node. A Service counts as announced when one of its addresses is; by BGP also for as long as a peer has not
 * been told that it is not.
 */
export function reportsOf(
  { announcements, assignments }: Pick<OwnDecisions, 'announcements' | 'assignments'>,
  statuses: readonly RunnerStatus[],
  protocols: ReadonlyMap<string, Protocol>,
): Reports {
  const targets = new Map(statuses.map(({ plugin, targets }) => [plugin, targets]))
  const announced = new Map<string, Report>()
  const failed: Failure[] = []
  const byService = groupBy(announcements, ({ service, announcer }) => `${announcer} ${service}`)
  for (const own of byService.values()) {
    const [{ service, announcer } = { service: '', announcer: '' }] = own
    const protocol = protocols.get(announcer)
    const status = (address: Address): TargetStatus | undefined => targets.get(announcer)?.get(address)
    const serving = own.filter(({ address }) => status(address)?.phase === 'serving')
    if (serving.length > 0 && protocol !== undefined) {
      const report = { service, protocol, through: throughOf(protocol, serving) }
      if (protocol === 'layer2' || report.through.length > 0) announced.set(reportKey(report), report)
    }
    const broken = own.map(({ address }) => status(address)).find((target) => target?.phase === 'failed')
    if (broken !== undefined)
      failed.push({ service, announcer, message: broken.message ?? broken.reason ?? '' })
  }
  const wanted = new Set(announcements.map(({ address }) => address))
  for (const report of leaving({ assignments, wanted }, statuses, protocols)) {
    const key = reportKey(report)
    if (!announced.has(key)) announced.set(key, report)
  }
  return { announced, failed }
}

/**
 * What this node has to announce and has neither begun with nor found a reason not to: what a process before this one
 * has said of it stands.
 */
export function comingOf(
  announcements: readonly Announcement[],
  statuses: readonly RunnerStatus[],
  protocols: ReadonlyMap<string, Protocol>,
): Report[] {
  const targets = new Map(statuses.map(({ plugin, targets }) => [plugin, targets]))
  return announcements.flatMap(({ service, announcer, address }): Report[] => {
    const protocol = protocols.get(announcer)
    const { phase, reason } = targets.get(announcer)?.get(address) ?? {}
    const comes = phase === undefined || (phase === 'pending' && reason === 'Probing')
    return comes && protocol !== undefined ? [{ service, protocol, through: [] }] : []
  })
}

/**
 * Routes that are on their way out: peers that still have them may still send traffic. So are those that the backend
 * still serves because it has not been told yet that they are not wanted.
 */
function leaving(
  {
    assignments,
    wanted,
  }: { readonly assignments: readonly Assignment[]; readonly wanted: ReadonlySet<Address> },
  statuses: readonly RunnerStatus[],
  protocols: ReadonlyMap<string, Protocol>,
): Report[] {
  const through = new Map<Address, readonly string[]>()
  for (const { plugin, targets } of statuses) {
    if (protocols.get(plugin) !== 'bgp') continue
    for (const { address, phase, reason = '', via = [] } of targets.values()) {
      const untold = phase === 'serving' && !wanted.has(address)
      const onTheWay = phase === 'pending' && onTheWayOut.has(reason)
      if (via.length > 0 && (untold || onTheWay)) through.set(address, via)
    }
  }
  if (through.size === 0) return []
  return assignments.flatMap(({ service, addresses }): Report[] => {
    const peers = sorted(addresses.flatMap((address) => through.get(address) ?? []))
    return peers.length === 0 ? [] : [{ service, protocol: 'bgp', through: peers }]
  })
}

/** As core/bgp/target-status.ts says it. */
const onTheWayOut: ReadonlySet<string> = new Set(['Draining', 'Withdrawing'])

const everywhere: readonly string[] = []

function throughOf(protocol: Protocol, announcements: readonly Announcement[]): readonly string[] {
  if (protocol === 'bgp') return sorted(announcements.flatMap(({ peers = [] }) => peers))
  const lists = announcements.map(({ options }) => options['interfaces'])
  if (lists.some((list) => !Array.isArray(list) || list.length === 0)) return everywhere
  return sorted(lists.flat().map(String))
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}
