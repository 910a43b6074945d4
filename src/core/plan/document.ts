/*
 * The plan document: the decisions as an interface that scripts build on. Its fields, their names and their order are
 * described in docs/plan.md; a field may be added, none is ever renamed or removed.
 */
import { silentNodes, type SilentNode } from './silent-nodes.ts'
import { familyOf, formatAddress, valueOf, bitsOf, type Address } from '../model/address.ts'
import { groupBy } from '../model/collections.ts'
import type {
  Announcement,
  Assignment,
  Decisions,
  Problem,
  Silence,
  Unannounced,
} from '../model/decisions.ts'
import type { Json } from '../model/json.ts'
import type { ReasonCode } from '../reasons.ts'
import { prefixLength } from '../selection/every-node.ts'

export interface PlanDocument {
  readonly apiVersion: 'heraldlb.io/v1alpha1'
  readonly kind: 'Plan'
  readonly assumptions: readonly string[]
  /** Sorted by namespace, then name. */
  readonly services: readonly PlannedService[]
  readonly problems: readonly Problem[]
}

export interface PlannedService {
  readonly namespace: string
  readonly name: string
  readonly pool?: string
  readonly addresses: readonly Address[]
  readonly reason: ReasonCode
  readonly message: string
  /** Present when the Service has an address and nobody announces it. */
  readonly unannounced?: { readonly reason: ReasonCode; readonly message: string }
  readonly announcements: readonly PlannedAnnouncement[]
  readonly silent: readonly SilentNode[]
}

export interface PlannedAnnouncement {
  readonly address: Address
  readonly announcer: string
  readonly advertisement: string
  readonly nodes: readonly string[]
  /** L2; absent = all. */
  readonly interfaces?: readonly string[]
  /** BGP, as the following three. */
  readonly prefix?: string
  readonly peers?: readonly string[]
  readonly localPref?: number
  readonly communities?: readonly string[]
  /** Options of announcers that have a vocabulary of their own. */
  readonly options?: Readonly<Record<string, Json>>
}

export function planDocument(decisions: Decisions): PlanDocument {
  const announcements = groupBy(decisions.announcements, ({ service }) => service)
  const silences = groupBy(decisions.silences, ({ service }) => service)
  const unannounced = new Map(decisions.unannounced.map((found) => [found.service, found]))
  return {
    apiVersion: 'heraldlb.io/v1alpha1',
    kind: 'Plan',
    assumptions: decisions.assumptions,
    services: decisions.assignments.map((assignment) =>
      entryOf(assignment, {
        announcements: announcements.get(assignment.service) ?? [],
        silences: silences.get(assignment.service) ?? [],
        unannounced: unannounced.get(assignment.service),
      }),
    ),
    problems: decisions.problems,
  }
}

/** The entry of one Service, `namespace/name`. */
export function plannedService(decisions: Decisions, service: string): PlannedService | undefined {
  const own = (found: { readonly service: string }): boolean => found.service === service
  const assignment = decisions.assignments.find(own)
  if (assignment === undefined) return undefined
  return entryOf(assignment, {
    announcements: decisions.announcements.filter(own),
    silences: decisions.silences.filter(own),
    unannounced: decisions.unannounced.find(own),
  })
}

function entryOf(
  { service, pool, addresses, reason, message }: Assignment,
  found: {
    readonly announcements: readonly Announcement[]
    readonly silences: readonly Silence[]
    readonly unannounced: Unannounced | undefined
  },
): PlannedService {
  const slash = service.indexOf('/')
  const { unannounced } = found
  return {
    namespace: service.slice(0, slash),
    name: service.slice(slash + 1),
    ...(pool === undefined ? {} : { pool }),
    addresses,
    reason,
    message: unannounced === undefined ? message : `${message}; nobody announces it: ${unannounced.message}`,
    ...(unannounced === undefined
      ? {}
      : { unannounced: { reason: unannounced.reason, message: unannounced.message } }),
    announcements: found.announcements.map(plannedAnnouncement),
    silent: silentNodes(found.announcements, found.silences),
  }
}

export function plannedAnnouncement(announcement: Announcement): PlannedAnnouncement {
  const { address, announcer, advertisement, nodes, options, peers } = announcement
  const base = { address, announcer, advertisement, nodes }
  if (peers !== undefined) return { ...base, prefix: prefixOf(announcement), peers, ...attributesOf(options) }
  const { interfaces, ...others } = options
  return {
    ...base,
    ...(isTexts(interfaces) ? { interfaces } : {}),
    ...(Object.keys(others).length > 0 ? { options: others } : {}),
  }
}

/** The address with its host bits cleared to the advertisement's aggregation length. */
function prefixOf({ address, options }: Announcement): string {
  const family = familyOf(address)
  const length = prefixLength(options, address)
  const hostBits = BigInt(bitsOf(family) - length)
  return `${formatAddress(family, (valueOf(address) >> hostBits) << hostBits)}/${length}`
}

function attributesOf({ localPref, communities }: Announcement['options']): Partial<PlannedAnnouncement> {
  return {
    ...(typeof localPref === 'number' ? { localPref } : {}),
    ...(isTexts(communities) && communities.length > 0 ? { communities } : {}),
  }
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
