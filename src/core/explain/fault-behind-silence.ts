/*
 * Which fault of the configuration keeps a Service silent that has its address: one that takes an advertisement of its
 * pool, or a peer of that, out of force.
 */
import { whyNotSelected } from '../config/selection.ts'
import type { Problem } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import {
  refOf,
  type AdvertisementObject,
  type BGPAdvertisementObject,
  type ConfigObject,
  type L2AdvertisementObject,
} from '../model/objects.ts'
import { quote } from '../model/wording.ts'
import type { ReasonCode } from '../reasons.ts'

interface Input {
  readonly facts: Facts
  readonly problems: readonly Problem[]
  /** That of the Service. */
  readonly pool: string
}

/** The fault that made the Service silent for `reason`, if one did. */
export function faultBehindSilence(reason: ReasonCode, input: Input): Problem | undefined {
  switch (reason) {
    case 'NoPeer':
      return faultBehindLackOfPeers(input)
    case 'NoAdvertisement':
      return faultBehindLackOfAdvertisements(input)
    case 'NodeNotSelected':
      return faultySelector('spec.nodeSelectors', input)
    case 'ServiceNotSelected':
      return faultySelector('spec.serviceSelectors', input)
    default:
      return undefined
  }
}

/** A selector against the rules selects nothing. */
function faultySelector(field: string, { facts, problems, pool }: Input): Problem | undefined {
  const refs = new Set(meantFor(pool, facts).map(refOf))
  return problems.find(
    (fault) =>
      refs.has(fault.object) && fault.reason === 'InvalidSelector' && fault.field.startsWith(`${field}[`),
  )
}

function faultBehindLackOfAdvertisements({ facts, problems, pool }: Input): Problem | undefined {
  const about = problems.filter(({ object }) => kindOf(object).endsWith('Advertisement'))
  const objects = new Map(facts.config.map((object) => [refOf(object), object]))
  const meant = new Set(meantFor(pool, facts).map(refOf))
  return (
    about.find((fault) => meant.has(fault.object) && keepsFrom(fault, pool)) ??
    about.find((fault) => mayMean(pool, fault, { object: objects.get(fault.object), facts })) ??
    // What the reader refused is not among the objects: nobody knows what it was meant for.
    about.find(({ object }) => !objects.has(object))
  )
}

/** Whether an advertisement that does not select the pool was perhaps meant for it: it selects none, or misspells one. */
function mayMean(
  pool: string,
  { message, reason }: Problem,
  { object, facts }: { readonly object: ConfigObject | undefined; readonly facts: Facts },
): boolean {
  if (reason === 'SelectsNoPool') return true
  if (reason !== 'UnknownPool') return false
  if (message.includes(`did you mean ${quote(pool)}`)) return true
  const pools = facts.config.filter(({ kind }) => kind === 'IPAddressPool')
  return !pools.some(({ metadata: { name } }) => isMeantFor(object, name, facts))
}

/** Of the advertisements that are meant for the pool, or of the peers that those mean. */
function faultBehindLackOfPeers({ facts, problems, pool }: Input): Problem | undefined {
  const meant = meantFor(pool, facts)
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

function meantFor(pool: string, facts: Facts): Advertising[] {
  return facts.config.filter(isAdvertisement).filter((object) => isMeantFor(object, pool, facts))
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
export function kindOf(ref: string): string {
  return ref.slice(0, ref.indexOf(' '))
}
