/* The way of one Service from its request to the network, step by step, with the reason at each step. */
import { causeOf, type Cause } from './cause.ts'
import { announcerExplanations, type AnnouncerExplanation } from './announcers.ts'
import { requestOf, type Request } from './request.ts'
import { notOurs } from '../allocator/ours.ts'
import type { Decisions, Problem } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf } from '../model/objects.ts'
import { plannedService, type PlannedService } from '../plan/document.ts'
import { reasons } from '../reasons.ts'

export interface Explanation {
  /** `namespace/name`. */
  readonly service: string
  readonly request: Request
  /** As the plan has it; absent for a Service that is not ours. */
  readonly planned?: PlannedService
  readonly announcers: readonly AnnouncerExplanation[]
  /** Present when the Service has no address or nobody announces it: the shortest true cause. */
  readonly cause?: Cause
  /** Faults of the objects involved. */
  readonly problems: readonly Problem[]
}

/** `service` as `namespace/name`; undefined when the facts do not have it. */
export function explain(facts: Facts, decisions: Decisions, service: string): Explanation | undefined {
  const object = facts.services.find((candidate) => nameOf(candidate) === service)
  if (object === undefined) return undefined
  const request = requestOf(object)
  const refusal = notOurs(object, facts.settings.lbClass)
  if (refusal !== undefined) {
    const cause = { ...refusal, remedy: reasons[refusal.reason].remedy }
    return { service, request, announcers: [], cause, problems: [] }
  }
  const planned = plannedService(decisions, service)
  const announcers = announcerExplanations(decisions, service)
  const cause = causeOf(facts, decisions, service)
  const involved = new Set([
    `Service ${service}`,
    ...(planned?.pool === undefined ? [] : [`IPAddressPool ${facts.settings.namespace}/${planned.pool}`]),
    ...announcers.flatMap(({ advertisements }) => advertisements),
    ...announcers.flatMap(({ peers }) => peers.map((peer) => `BGPPeer ${facts.settings.namespace}/${peer}`)),
  ])
  return {
    service,
    request,
    ...(planned === undefined ? {} : { planned }),
    announcers,
    ...(cause === undefined ? {} : { cause }),
    problems: decisions.problems.filter(({ object }) => involved.has(object)),
  }
}
