/*
 * The shortest true cause of a Service that has no address, or that nobody announces. Where the decision only sees
 * that something is missing, the fault that made it go missing is the truer cause.
 */
import { faultBehindSilence, kindOf } from './fault-behind-silence.ts'
import { requestedPool } from '../allocator/request.ts'
import type { Decisions, Problem } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf } from '../model/objects.ts'
import { reasons, type ReasonCode } from '../reasons.ts'

export interface Cause {
  readonly reason: ReasonCode
  readonly message: string
  readonly remedy: string
  /** The object at fault, where it is not the Service: `Kind namespace/name`. */
  readonly object?: string
}

interface Obstacle {
  readonly reason: ReasonCode
  readonly message: string
}

/** Absent when the Service has an address and somebody announces it. `service`: `namespace/name`. */
export function causeOf(facts: Facts, decisions: Decisions, service: string): Cause | undefined {
  const assignment = decisions.assignments.find((found) => found.service === service)
  if (assignment === undefined) return undefined
  if (assignment.addresses.length === 0) {
    const fault = faultBehindRefusal(facts, decisions, { service, reason: assignment.reason })
    return fault === undefined ? plainCause(assignment) : faultCause(fault)
  }
  const unannounced = decisions.unannounced.find((found) => found.service === service)
  if (unannounced === undefined) return undefined
  const { pool } = assignment
  const { problems } = decisions
  const fault =
    pool === undefined ? undefined : faultBehindSilence(unannounced.reason, { facts, problems, pool })
  return fault === undefined ? plainCause(unannounced) : faultCause(fault)
}

function plainCause({ reason, message }: Obstacle): Cause {
  return { reason, message, remedy: reasons[reason].remedy }
}

function faultCause({ object, field, reason, message }: Problem): Cause {
  const where = field === '' ? message : `${field}: ${message}`
  return { reason, message: where, remedy: reasons[reason].remedy, object }
}

function faultBehindRefusal(
  facts: Facts,
  { problems, pools }: Decisions,
  { service, reason }: { readonly service: string; readonly reason: ReasonCode },
): Problem | undefined {
  const ofPools = problems.filter(({ object }) => kindOf(object) === 'IPAddressPool')
  const named = (name: string | undefined) => ofPools.find(({ object }) => object.endsWith(`/${name}`))
  switch (reason) {
    case 'NoPools':
      return ofPools[0]
    case 'PoolFaulty':
      return ofPools.find(
        (fault) => fault.reason === 'InvalidAddress' || facts.refused?.includes(fault.object),
      )
    case 'UnknownPool': {
      const object = facts.services.find((candidate) => nameOf(candidate) === service)
      return object && named(requestedPool(object))
    }
    case 'NoPoolOfFamily': {
      // A pool without any address has lost them all to faults.
      const emptied = pools.filter(({ totalIPv4, totalIPv6 }) => totalIPv4 + totalIPv6 === 0n)
      return emptied.map(({ pool }) => named(pool)).find((fault) => fault !== undefined)
    }
    case 'NoPoolForService':
      return ofPools.find((fault) => fault.reason === 'InvalidSelector')
    default:
      return undefined
  }
}
