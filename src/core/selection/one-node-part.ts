/* One-node placement: the winner announces, and every other node learns why it does not. */
import { nodeFault, type Claim } from './claims.ts'
import { candidatesOf, contestKey, contestsOf, type Contest } from './contest.ts'
import { nodesIn, type Detail } from './detail.ts'
import { announcementOf } from './every-node.ts'
import { nodeMessage } from './messages.ts'
import type { NodeView } from './node-view.ts'
import type { Owner } from './owners.ts'
import { bySomeNode, silenceOf, type Part } from './part.ts'
import { claimsOfAll, type Scene } from './scene.ts'
import { unmetWishes, whyPassedOver } from './unmet-wishes.ts'
import { advantage, bestByMerit, ranked, type Candidate } from '../election/order.ts'
import type { Announcement, Election, RankedNode } from '../model/decisions.ts'
import type { ReasonCode } from '../reasons.ts'

interface Result {
  readonly contest: Contest
  /** In no order. */
  readonly candidates: readonly Candidate[]
  readonly byNode: ReadonlyMap<string, Candidate>
  readonly winner: Candidate | undefined
  readonly reason: Owner['reason']
  /** Why losers lose, by the winner's advantage: a hundred of them share two or three sentences. */
  readonly sentences: Map<string, string>
}

/** `claim` has no fault of its own. */
export function oneNodePart(scene: Scene, claim: Claim, detail: Detail): Part {
  const result = resultOf(scene, claim)
  const { winner } = result
  const silences = nodesIn(scene.landscape, detail).flatMap((node) => {
    const found = verdict(scene, claim, node, result)
    return found === undefined ? [] : [silenceOf(claim, node, found.reason, found.message)]
  })
  const election = electionOf(scene, claim, result, detail)
  if (winner === undefined)
    return { announcements: bySomeNode(scene, claim), silences, election, conflicts: [] }
  return { announcements: byWinner(scene, claim, winner.node), silences, election, conflicts: [] }
}

/** By contest: found once for all Services that share an address, however many. A scene stays as it is. */
const results = new WeakMap<Scene, Map<string, Result>>()

function resultOf(scene: Scene, claim: Claim): Result {
  const group = scene.sharing.groupOf(claim.service.name)
  if (group === undefined || group.services.length === 1) return freshResult(scene, claim)
  const known = results.get(scene) ?? new Map<string, Result>()
  results.set(scene, known)
  const key = contestKey(claim.announcer.name, group.address)
  const result = known.get(key) ?? freshResult(scene, claim)
  known.set(key, result)
  return result
}

function freshResult(scene: Scene, claim: Claim): Result {
  const contest = contestOf(scene, claim)
  const owner = scene.owners.get(contestKey(contest.announcer, contest.address))
  const candidates = candidatesOf(scene.landscape, contest)
  const byNode = new Map(candidates.map((candidate) => [candidate.node, candidate]))
  const winner = byNode.get(owner?.node ?? '')
  const reason = owner?.reason ?? 'NoCandidate'
  return { contest, candidates, byNode, winner, reason, sentences: new Map() }
}

/** The contest that the claim takes part in, with all Services that share its addresses. */
function contestOf(scene: Scene, claim: Claim): Contest {
  const { services, address } = scene.sharing.groupOf(claim.service.name) ?? {
    services: [],
    address: undefined,
  }
  const rivals = claimsOfAll(scene.landscape, scene.services, services)
  const contests = address === undefined ? [] : contestsOf(address, rivals)
  const contest = contests.find(({ announcer }) => announcer === claim.announcer.name)
  if (contest === undefined) throw new Error(`${claim.service.name} claims addresses that it does not hold`)
  return contest
}

/** Nothing where the winner answers on behalf of the others alone. */
function byWinner(scene: Scene, claim: Claim, winner: string): Announcement[] {
  const node = scene.landscape.nodes.get(winner)
  if (node === undefined || nodeFault(scene.landscape, claim, node) !== undefined) return []
  const ads = claim.ads.filter(({ scores }) => scores.has(winner))
  return claim.service.addresses.flatMap((address) =>
    ads.map((ad) => announcementOf(claim.service.name, address, { ad }, [winner])),
  )
}

/** Why the node is silent; nothing for the winner. */
function verdict(
  scene: Scene,
  claim: Claim,
  node: NodeView,
  result: Result,
): { readonly reason: ReasonCode; readonly message: string } | undefined {
  const reason = nodeFault(scene.landscape, claim, node)
  if (result.winner?.node === node.name) {
    if (reason === undefined) return undefined
    const message = `${node.name} answers for the address on behalf of a Service that shares it`
    return { reason: 'SharedAddressHeldElsewhere', message }
  }
  if (reason !== undefined) return { reason, message: nodeMessage(reason, claim, node) }
  if (isShutOut(node, result))
    return {
      reason: 'DataPathShut',
      message: nodeMessage('DataPathShut', claim, node),
    }
  if (isPassedOver(node, result))
    return { reason: 'NodeDamped', message: nodeMessage('NodeDamped', claim, node) }
  return { reason: 'NotElected', message: whyNot(scene, node.name, result) }
}

/** It comes after the winner because of its data path. */
function isShutOut({ name }: NodeView, { winner, byNode }: Result): boolean {
  return winner !== undefined && winner.shut < (byNode.get(name)?.shut ?? 0)
}

/** It may well have come first, were it not for its returns. */
function isPassedOver({ damped }: NodeView, { winner, reason }: Result): boolean {
  return damped && winner?.damped === false && reason !== 'KeptByHolder' && reason !== 'AsWished'
}

function whyNot(scene: Scene, node: string, result: Result): string {
  const { contest, winner, byNode, reason, sentences } = result
  const own = byNode.get(node)
  if (winner === undefined || own === undefined) return 'no node is elected'
  if (contest.wishes.has(node)) return `${node} was asked for, but ${whyPassedOver(own, winner)}`
  if (reason === 'AsWished') return `${winner.node} was asked for`
  if (reason === 'KeptByHolder') return `${winner.node} holds the address already`
  if (reason === 'PlacedByLoad') return `${winner.node} is elected: it has room for one more address`
  const merit = advantage(scene.order.kind, winner, own)
  const sentence = sentences.get(merit) ?? `${winner.node} is elected: it ${merit}`
  sentences.set(merit, sentence)
  return sentence
}

function electionOf(scene: Scene, claim: Claim, result: Result, { rankings }: Detail): Election {
  const { contest, winner, reason } = result
  return {
    service: claim.service.name,
    address: contest.address,
    announcer: contest.announcer,
    ...(winner === undefined ? {} : { winner: winner.node }),
    ...(rankings ? { ranking: rankingOf(scene, result) } : {}),
    reason,
    message: whyElected(scene, result),
  }
}

function rankingOf({ order }: Scene, { contest: { address }, candidates }: Result): RankedNode[] {
  return ranked(order, address, candidates).map(({ node, ready, hosts, score }) => {
    const hash = order.hashes.digits(address, node)
    return { node, ready, hostsEndpoint: hosts > 0, score, hash }
  })
}

function whyElected(scene: Scene, result: Result): string {
  const { winner } = result
  if (winner === undefined) return 'no node may announce the address'
  const warning =
    winner.subnet === 'off' ? `; no subnet of ${winner.node} has it, so only routers will ask there` : ''
  return whyThisOne(scene, result, winner) + unmetWishes(scene.landscape, result, winner) + warning
}

function whyThisOne(scene: Scene, { candidates, reason }: Result, winner: Candidate): string {
  if (reason === 'KeptByHolder') return `${winner.node} holds the address already and may keep it`
  if (reason === 'AsWished') return `${winner.node} was asked for`
  const { kind } = scene.order
  // Its merit alone is told, which all that could be the second have in common.
  const [second] = bestByMerit(
    kind,
    candidates.filter((candidate) => candidate !== winner),
  )
  if (second === undefined) return `${winner.node} is the only candidate`
  const place = `${winner.node} is the first of ${candidates.length} candidates`
  if (reason === 'PlacedByLoad') return `${place} with room for one more address`
  return `${place}: it ${advantage(kind, winner, second)}`
}
