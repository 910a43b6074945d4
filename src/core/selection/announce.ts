/*
 * The announcement half: who announces the addresses that are assigned already. A process that follows another one's
 * allocation runs this half alone.
 */
import { conflictProblems } from './conflict-problems.ts'
import type { Detail } from './detail.ts'
import { outcomeOf } from './outcome.ts'
import { sceneOf, type Scene } from './scene.ts'
import { compareText } from '../model/collections.ts'
import type { Config } from '../model/config.ts'
import type { Assignment, Decisions, Problem } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'

export type AnnouncementDecisions = Pick<
  Decisions,
  'announcements' | 'elections' | 'silences' | 'unannounced'
> & {
  readonly problems: readonly Problem[]
}

/** `assignments`: one for each Service of type LoadBalancer that is ours. */
export function announce(
  facts: Facts,
  config: Config,
  assignments: readonly Assignment[],
  detail?: Detail,
): AnnouncementDecisions {
  return announcementsOf(sceneOf(facts, config, assignments), detail)
}

export function announcementsOf(scene: Scene, detail?: Detail): AnnouncementDecisions {
  const services = [...scene.services.values()].sort((a, b) => compareText(a.name, b.name))
  const outcomes = services.map((service) => outcomeOf(scene, service, detail))
  return {
    announcements: outcomes.flatMap(({ announcements }) => announcements),
    elections: outcomes.flatMap(({ elections }) => elections),
    silences: outcomes.flatMap(({ silences }) => silences),
    unannounced: outcomes.flatMap(({ unannounced }) => unannounced ?? []),
    problems: conflictProblems(outcomes.flatMap(({ conflicts }) => conflicts)),
  }
}
