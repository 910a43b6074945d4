/* What a controller knows of the cluster and has decided on it, for people who look. */
import { FollowedAllocation, usageOf } from '#core/allocation-from-status.ts'
import type { Allocation } from '#core/allocator/allocate.ts'
import { whileAsked, type Awaiting } from '#core/awaiting-probe.ts'
import type { ParsedConfig } from '#core/config/parse.ts'
import type { Problem } from '#core/model/decisions.ts'
import type { Facts, Quarantined, Settings } from '#core/model/facts.ts'

import { sha256 } from '../../system.ts'
import type { Allotment } from './allotment.ts'
import type { ClusterView } from './cluster-view.ts'

export interface Picture {
  /** This replica gives out addresses; another one does otherwise. */
  readonly allocating: boolean
  readonly allocation: Allocation
  readonly parsed: ParsedConfig
  /** Without nodes and endpoints, which a controller does not read. */
  readonly facts: Facts
  readonly problems: readonly Problem[]
}

export interface PictureInput {
  readonly view: ClusterView
  readonly settings: Settings
  readonly parsed: ParsedConfig
  /** Absent: this replica waits, and the statuses say what the other one has decided. */
  readonly allotment: Allotment | undefined
  readonly problems: readonly Problem[]
  readonly quarantine: readonly Quarantined[]
  /** Undefined: the Service does not wait. */
  readonly waitsFor: (service: string) => Awaiting | undefined
}

export function pictureOf(input: PictureInput): Picture {
  const { view, settings, parsed, allotment, problems, quarantine, waitsFor } = input
  const allocation =
    allotment === undefined ? allocationIn(view, settings, parsed) : decidedIn(allotment, view, waitsFor)
  const facts: Facts = {
    settings,
    config: view.configObjects(),
    services: [...view.services.values()],
    namespaces: [...view.namespaces.values()],
    ...(quarantine.length > 0 && { quarantine }),
    dead: new Set(),
    sha256,
  }
  return { allocating: allotment !== undefined, allocation, parsed, facts, problems }
}

function decidedIn(allotment: Allotment, view: ClusterView, waitsFor: PictureInput['waitsFor']): Allocation {
  const assignments = allotment.all()
  const pending = new Map<string, Awaiting>()
  for (const { service } of assignments) {
    const what = waitsFor(service)
    if (what !== undefined) pending.set(service, what)
  }
  return whileAsked({ assignments, pools: allotment.usage() }, view.services.values(), pending)
}

function allocationIn(view: ClusterView, { lbClass }: Settings, { config }: ParsedConfig): Allocation {
  const followed = new FollowedAllocation(lbClass)
  followed.setPools(config.pools)
  for (const service of view.services.values()) followed.upsert(service)
  const assignments = followed.assignments()
  return { assignments, pools: usageOf(config.pools, assignments) }
}
