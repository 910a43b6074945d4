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
  if (pool === undefined) return undefined
  if (reason === 'NoPeer') return faultBehindLackOfPeers(facts, problems, pool)
  if (reason !== 'NoAdvertisement') return undefined
  const about = problems.filter(({ object }) => kindOf(object).endsWith('Advertisement'))
  const objects = new Map(facts.config.map((object) => [refOf(object), object]))
  return (
    about.find((fault) => keepsFrom(fault, pool) && isMeantFor(objects.get(fault.object), pool, facts)) ??
    about.find((fault) => fault.reason === 'UnknownPool' || fault.reason === 'SelectsNoPool') ??
    // What the reader refused is not among the objects: nobody knows what it was meant for.
    about.find(({ object }) => !objects.has(object))
  )
}

/** Of the advertisements that are meant for the pool, or of the peers that those mean. */
function faultBehindLackOfPeers(
  facts: Facts,
  problems: readonly Problem[],
  pool: string,
): Problem | undefined {
  const meant = facts.config.filter(isAdvertisement).filter((object) => isMeantFor(object, pool, facts))
  const refs = new Set(meant.map(refOf))
  const misnamed = problems.find(
    ({ object, reason }) =>
      refs.has(object) && (reason === 'UnknownPeer' || reason === 'PeerOfOtherAnnouncer'),
  )
  const isMeant = (peer: string): boolean => meant.some((object) => namesPeer(object, peer))
  return (
    misnamed ??
    problems.find(
      (fault) =>
        kindOf(fault.object) === 'BGPPeer' &&
        !leavesInForce(fault) &&
        isMeant(fault.object.slice(fault.object.lastIndexOf('/') + 1)),
    )
  )
}

/** An advertisement without a list of peers is for all of them. */
function namesPeer(object: Advertising, peer: string): boolean {
  if (object.kind === 'L2Advertisement') return false
  const { peers = [] } = object.spec
  return peers.length === 0 || peers.includes(peer)
}

const harmless: ReadonlySet<ReasonCode> = new Set([
  'ConflictingAttributes',
  'DuplicateValue',
  'UnknownBFDProfile',
  'UnsuitableBFDProfile',
])

/** Whether the object of the fault is used all the same. */
function leavesInForce({ field, reason }: Problem): boolean {
  return harmless.has(reason) || (reason === 'UnknownField' && field.startsWith('metadata.annotations'))
}

/** Whether an advertisement that selects the pool does not cover it, for this fault. */
function keepsFrom(fault: Problem, pool: string): boolean {
  const { field, message, reason } = fault
  if (leavesInForce(fault) || field.startsWith('spec.peers')) return false
  if (reason === 'InvalidSelector') return field.startsWith('spec.ipAddressPoolSelectors')
  if (reason === 'InvalidAggregationLength' && message.includes(' of pool '))
    return message.includes(` of pool ${pool},`)
  return reason !== 'UnknownPool'
}

/** Would the advertisement select the pool, if nothing were wrong with it? */
function isMeantFor(object: ConfigObject | undefined, name: string, { config }: Facts): boolean {
  if (object === undefined || !isAdvertisement(object)) return false
  const pool = config.find(({ kind, metadata }) => kind === 'IPAddressPool' && metadata.name === name)
  return whyNotSelected(object.spec, { name, labels: pool?.metadata.labels ?? {} }) === undefined
}

type Advertising = L2AdvertisementObject | BGPAdvertisementObject | AdvertisementObject

function isAdvertisement(object: ConfigObject): object is Advertising {
  return object.kind.endsWith('Advertisement')
}

/** `Kind` of `Kind namespace/name`. */
function kindOf(ref: string): string {
  return ref.slice(0, ref.indexOf(' '))
}
