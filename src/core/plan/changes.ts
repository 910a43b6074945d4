/* What one plan has that another has not: addresses and owners, Service by Service. */
import type { PlanDocument, PlannedAnnouncement, PlannedService } from './document.ts'
import type { Address } from '../model/address.ts'
import { compareText } from '../model/collections.ts'
import type { Problem } from '../model/decisions.ts'
import type { ReasonCode } from '../reasons.ts'

/** Only what differs is present. A Service that only one of the plans has is compared with one that has nothing. */
export interface ServiceChange {
  readonly namespace: string
  readonly name: string
  readonly addresses?: Change<readonly Address[]>
  /** `Absent`: that plan does not have the Service. */
  readonly reason?: Change<ReasonCode | 'Absent'>
  readonly announcements?: readonly AnnouncementChange[]
}

export interface Change<Value> {
  readonly before: Value
  readonly after: Value
}

/** The nodes that announce an address through one advertisement, to one set of peers. */
export interface AnnouncementChange {
  readonly address: Address
  readonly announcer: string
  readonly advertisement: string
  readonly peers?: readonly string[]
  /** Absent: that plan does not announce it. Empty: some node does, and the input does not say which. */
  readonly before?: readonly string[]
  readonly after?: readonly string[]
}

/** Sorted by namespace, then name; Services without a difference are left out. */
export function changesBetween(before: PlanDocument, after: PlanDocument): ServiceChange[] {
  const [old, young] = [byName(before), byName(after)]
  const names = [...new Set([...old.keys(), ...young.keys()])].sort(compareText)
  return names.flatMap((name) => changeOf(old.get(name), young.get(name)) ?? [])
}

/** The faults of `after` that `before` does not have. */
export function newProblems(before: PlanDocument, after: PlanDocument): Problem[] {
  const old = new Set(before.problems.map((problem) => JSON.stringify(problem)))
  return after.problems.filter((problem) => !old.has(JSON.stringify(problem)))
}

function byName({ services }: PlanDocument): Map<string, PlannedService> {
  return new Map(services.map((service) => [`${service.namespace}/${service.name}`, service]))
}

/** At least one of the two plans has the Service. */
function changeOf(
  before: PlannedService | undefined,
  after: PlannedService | undefined,
): ServiceChange | undefined {
  const { namespace = '', name = '' } = after ?? before ?? {}
  const [old, young] = [contentOf(before), contentOf(after)]
  const addresses = changed(old.addresses, young.addresses)
  const reason = changed(stateOf(before), stateOf(after))
  const announcements = announcementChanges(old.announcements, young.announcements)
  if (!addresses && !reason && announcements.length === 0) return undefined
  return {
    namespace,
    name,
    ...(addresses && { addresses }),
    ...(reason && { reason }),
    ...(announcements.length > 0 && { announcements }),
  }
}

function contentOf(service: PlannedService | undefined): Pick<PlannedService, 'addresses' | 'announcements'> {
  return service ?? { addresses: [], announcements: [] }
}

function changed<Value>(before: Value, after: Value): Change<Value> | undefined {
  return String(before) === String(after) ? undefined : { before, after }
}

/** Why the Service is as it is; that an address was kept rather than found is no difference. */
function stateOf(service: PlannedService | undefined): ReasonCode | 'Absent' {
  if (service === undefined) return 'Absent'
  if (service.unannounced !== undefined) return service.unannounced.reason
  return service.addresses.length > 0 ? 'Assigned' : service.reason
}

function announcementChanges(
  before: readonly PlannedAnnouncement[],
  after: readonly PlannedAnnouncement[],
): AnnouncementChange[] {
  const [old, young] = [byIdentity(before), byIdentity(after)]
  return [...new Set([...old.keys(), ...young.keys()])].sort(compareText).flatMap((key) => {
    const [from, to] = [old.get(key), young.get(key)]
    const example = to ?? from
    if (example === undefined || from?.nodes.join() === to?.nodes.join()) return []
    const { address, announcer, advertisement, peers } = example
    const identity = { address, announcer, advertisement, ...(peers === undefined ? {} : { peers }) }
    return {
      ...identity,
      ...(from === undefined ? {} : { before: from.nodes }),
      ...(to === undefined ? {} : { after: to.nodes }),
    }
  })
}

function byIdentity(announcements: readonly PlannedAnnouncement[]): Map<string, PlannedAnnouncement> {
  return new Map(
    announcements.map((announcement) => {
      const { address, announcer, advertisement, peers = [] } = announcement
      return [[address, announcer, advertisement, ...peers].join('\n'), announcement]
    }),
  )
}
