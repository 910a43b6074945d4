/*
 * What the webhook answers: the rules of `herald validate`, on the configuration of the cluster as it would be. A fault
 * that the change brings is refused; one that was there before is only told, or nobody could edit a faulty object.
 * What may yet come in another order (a pool after the advertisement that names it) is told as well, and so is
 * everything about deletions, which have to be possible in any order.
 */
import { notOurs } from '#core/allocator/ours.ts'
import { parseConfig, type ParsedConfig } from '#core/config/parse.ts'
import { familyOf, parseAddress, valueOf } from '#core/model/address.ts'
import type { AddressRange } from '#core/model/config.ts'
import type { Problem } from '#core/model/decisions.ts'
import type { Settings } from '#core/model/facts.ts'
import { nameOf, refOf, type NamespaceObject, type ServiceObject } from '#core/model/objects.ts'
import type { ReasonCode } from '#core/reasons.ts'

import type { RawObject } from '../api/client.ts'
import { projectConfig, type ConfigReading } from '../api/projections.ts'

/** The part of `admission.k8s.io/v1` AdmissionRequest that decides. */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly object?: RawObject | null
  readonly oldObject?: RawObject | null
}

/** What the cluster has. */
export interface Surroundings {
  readonly settings: Settings
  readonly readings: readonly ConfigReading[]
  readonly namespaces: readonly NamespaceObject[]
  readonly services: readonly ServiceObject[]
}

export interface Verdict {
  /** Why it is refused; empty: it is not. */
  readonly refusals: readonly Problem[]
  /** Sentences for whoever asks. */
  readonly warnings: readonly string[]
}

/** What another object may mend that is still to come, or that another Herald reads. */
const mayComeRight: ReadonlySet<ReasonCode> = new Set([
  'MissingSecret',
  'SelectsNoPool',
  'UnknownAnnouncer',
  'UnknownBFDProfile',
  'UnknownCommunity',
  'UnknownPeer',
  'UnknownPool',
  'WrongNamespace',
])

export function verdictOn(request: AdmissionRequest, cluster: Surroundings): Verdict {
  const project = projectConfig(cluster.settings.namespace)
  const read = (raw: RawObject | null | undefined): ConfigReading[] => (raw ? [project(raw)] : [])
  const [was, is] = [read(request.oldObject), read(request.object)]
  const ref = [...is, ...was].map(subjectOf)[0]
  const others = cluster.readings.filter((reading) => subjectOf(reading) !== ref)
  const before = judged([...others, ...was], cluster)
  const after = judged([...others, ...is], cluster)
  const known = new Set(before.problems.map(sameness))
  const fresh = after.problems.filter((problem) => !known.has(sameness(problem)))
  const stays = after.problems.filter((problem) => problem.object === ref && known.has(sameness(problem)))
  const isTold = ({ reason }: Problem): boolean => request.operation === 'DELETE' || mayComeRight.has(reason)
  return {
    refusals: fresh.filter((problem) => !isTold(problem)),
    warnings: [
      ...[...fresh.filter(isTold), ...stays].map(sentence),
      ...losses(before.parsed, after.parsed, cluster),
    ],
  }
}

/** `Kind namespace/name field: what was found; what is allowed`. */
export function sentence({ object, field, message }: Problem): string {
  return `${field === '' ? object : `${object} ${field}`}: ${message}`
}

/** `Kind namespace/name`; undefined for what is not of our kinds. */
function subjectOf({ object, problems }: ConfigReading): string | undefined {
  return object === undefined ? problems[0]?.object : refOf(object)
}

interface Judged {
  readonly parsed: ParsedConfig
  readonly problems: readonly Problem[]
}

function judged(readings: readonly ConfigReading[], { settings, namespaces }: Surroundings): Judged {
  const objects = readings.flatMap(({ object }) => object ?? [])
  const refused = readings.flatMap((reading) => (reading.object ? [] : (subjectOf(reading) ?? [])))
  const parsed = parseConfig(objects, { settings, namespaces, refused })
  return { parsed, problems: [...readings.flatMap(({ problems }) => problems), ...parsed.problems] }
}

/** The entry of a list that a fault is in may move. */
function sameness({ object, reason, message }: Problem): string {
  return JSON.stringify([object, reason, message])
}

/** Services whose addresses lie in no pool any more. */
function losses(before: ParsedConfig, after: ParsedConfig, { services, settings }: Surroundings): string[] {
  const [had, has] = [before, after].map(({ config }) => config.pools.flatMap(({ ranges }) => ranges))
  // An address that lies in no pool may be one that a fault hides: it stays.
  if (had === undefined || has === undefined || after.config.pools.some((pool) => pool.incomplete)) return []
  const isLost = (ip: string): boolean => isIn(ip, had) && !isIn(ip, has)
  const ours = services.filter((service) => notOurs(service, settings.lbClass) === undefined)
  const lost = ours.flatMap((service) =>
    (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '' }) =>
      isLost(ip) ? `${nameOf(service)} (${ip})` : [],
    ),
  )
  if (lost.length === 0) return []
  const more = lost.length === 1 ? '' : ` and ${lost.length - 1} more`
  return [`takes away an address in use: ${lost[0]}${more}; another one takes its place, if there is any`]
}

function isIn(ip: string, ranges: readonly AddressRange[]): boolean {
  const address = parseAddress(ip)
  if (address === undefined) return false
  const [family, value] = [familyOf(address), valueOf(address)]
  return ranges.some((range) => range.family === family && range.first <= value && value <= range.last)
}
