/*
 * The shortest true cause of a Service that has no address, or that nobody announces. Where the decision only sees
 * that something is missing, the fault that made it go missing is the truer cause.
 */
import { whyNotSelected } from '../config/selection.ts'
import { requestedPool } from '../allocator/request.ts'
import type { Decisions, Problem } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import {
  nameOf,
  refOf,
  type AdvertisementObject,
  type BGPAdvertisementObject,
  type ConfigObject,
  type L2AdvertisementObject,
} from '../model/objects.ts'
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
  const fault = faultBehindSilence(facts, decisions.problems, unannounced.reason, assignment.pool)
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
    case 'PoolFaulty':
      return ofPools[0]
    case 'UnknownPool': {
      const object = facts.services.find((candidate) => nameOf(candidate) === service)
      return object && named(requestedPool(object))
    }
    case 'NoPoolOfFamily': {
      // A pool without any address has lost them all to faults.
      const emptied = pools.filter(({ totalIPv4, totalIPv6 }) => totalIPv4 + totalIPv6 === 0n)
      return emptied.map(({ pool }) => named(pool)).find((fault) => fault !== undefined)
    }
    default:
      return undefined
  }
}

function faultBehindSilence(
  facts: Facts,
  problems: readonly Problem[],
  reason: ReasonCode,
  pool: string | undefined,
): Problem | undefined {
  if (reason === 'NoPeer') {
    const ofPeers = problems.find(
      (fault) => fault.reason === 'UnknownPeer' || fault.reason === 'PeerOfOtherAnnouncer',
    )
    return ofPeers ?? problems.find(({ object }) => kindOf(object) === 'BGPPeer')
  }
  if (reason !== 'NoAdvertisement' || pool === undefined) return undefined
  const about = problems.filter(({ object }) => kindOf(object).endsWith('Advertisement'))
  const objects = new Map(facts.config.map((object) => [refOf(object), object]))
  return (
    about.find(({ object }) => isMeantFor(objects.get(object), pool, facts)) ??
    about.find((fault) => fault.reason === 'UnknownPool' || fault.reason === 'SelectsNoPool') ??
    // What the reader refused is not among the objects: nobody knows what it was meant for.
    about.find(({ object }) => !objects.has(object))
  )
}

/** Would the advertisement select the pool, if nothing were wrong with it? */
function isMeantFor(object: ConfigObject | undefined, name: string, { config }: Facts): boolean {
  if (object === undefined || !isAdvertisement(object)) return false
  const pool = config.find(({ kind, metadata }) => kind === 'IPAddressPool' && metadata.name === name)
  return whyNotSelected(object.spec, { name, labels: pool?.metadata.labels ?? {} }) === undefined
}

function isAdvertisement(
  object: ConfigObject,
): object is L2AdvertisementObject | BGPAdvertisementObject | AdvertisementObject {
  return object.kind.endsWith('Advertisement')
}

/** `Kind` of `Kind namespace/name`. */
function kindOf(ref: string): string {
  return ref.slice(0, ref.indexOf(' '))
}
