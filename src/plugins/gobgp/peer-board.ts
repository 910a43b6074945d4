/* Where each peer stands: what gobgpd says of it becomes observations, log lines, metrics and views for the status. */
import type { AnnouncerHost } from '#core/announcer.ts'
import type { PeerView } from '#core/bgp/target-status.ts'
import type { Address, Family } from '#core/model/address.ts'

import type { NeighborState, SessionState } from './client.ts'
import type { PeerProblem } from './errors.ts'
import { say } from './log.ts'
import { perPeer, type GoBgpMetrics } from './metrics.ts'
import { endpointText, isUsable, type ResolvedPeer, type UsablePeer } from './peers.ts'
import { hasNextHop } from './routing.ts'

/** What the last sync achieved for one peer. */
export interface Told {
  /** Prefix texts that gobgpd has for the peer. */
  readonly prefixes: ReadonlySet<string>
  /** How many it should have. */
  readonly wanted: number
  readonly problem?: PeerProblem
}

interface Entry {
  readonly resolved: ResolvedPeer
  readonly told: Told
  readonly seen?: NeighborState
  /** Why there was a session and is none now. */
  readonly lost?: PeerProblem
}

export class PeerBoard {
  readonly #host: AnnouncerHost
  readonly #metrics: GoBgpMetrics
  readonly #entries = new Map<string, Entry>()
  /** What was reported last, so that nothing is said twice. */
  readonly #reported = new Map<string, string>()

  constructor(host: AnnouncerHost, metrics: GoBgpMetrics) {
    this.#host = host
    this.#metrics = metrics
  }

  /** Takes over the peers and what gobgpd was told for each. */
  keep(peers: readonly ResolvedPeer[], told: (peer: ResolvedPeer) => Told): void {
    const names = new Set(peers.map(({ name }) => name))
    for (const [name, entry] of this.#entries) if (!names.has(name)) this.#remove(name, entry)
    for (const resolved of peers) {
      const before = this.#entries.get(resolved.name)
      const same = before !== undefined && addressOf(before.resolved) === addressOf(resolved)
      if (before !== undefined && !same) this.#remove(resolved.name, before)
      const now = { resolved, told: told(resolved) }
      this.#update(resolved.name, same && now.told.problem === undefined ? { ...before, ...now } : now)
    }
  }

  seen(news: NeighborState): void {
    const [name, entry] = this.#at(news.address) ?? []
    if (name === undefined || entry === undefined || !isUsable(entry.resolved)) return
    // The neighbour at this address is not the one we wanted.
    if (entry.told.problem !== undefined) return
    const state = { ...news, families: familiesOf(news, entry.seen) }
    const was = entry.seen?.state === 'Established'
    const is = state.state === 'Established'
    this.#count(entry.resolved, entry.seen, state)
    this.#update(name, {
      ...withoutLoss(entry, is),
      seen: state,
      ...(was && !is ? { lost: loss(state) } : {}),
    })
    if (was === is) return
    if (was) this.#metrics.sessionsLost.add(labelsOf(entry.resolved))
    this.#host.report({ kind: 'wake', reason: is ? 'session established' : 'session lost' })
  }

  /** Nothing is known of any session any more. */
  forget(problem: PeerProblem): void {
    for (const [name, { resolved }] of this.#entries) {
      const told = { prefixes: new Set<string>(), wanted: 0, problem }
      this.#update(name, { resolved, told })
    }
  }

  views(): PeerView[] {
    return [...this.#entries].map(([name, entry]) => ({
      name,
      established: isEstablished(entry),
      detail: problemOf(entry)?.message ?? `gobgpd is in state ${stateOf(entry)}`,
      holds: (prefix) => holds(entry, prefix),
      familyFault(family) {
        if (!agreed(entry, family)) return 'FamilyNotNegotiated'
        return isUsable(entry.resolved) && hasNextHop(entry.resolved.session, family)
          ? undefined
          : 'NoNextHop'
      },
    }))
  }

  close(): void {
    for (const [name, entry] of this.#entries) this.#remove(name, entry)
  }

  #at(address: Address): [string, Entry] | undefined {
    return [...this.#entries].find(([, { resolved }]) => addressOf(resolved) === address)
  }

  #update(name: string, entry: Entry): void {
    this.#entries.set(name, entry)
    this.#report(name, entry)
    if (!isUsable(entry.resolved)) return
    const labels = labelsOf(entry.resolved)
    const held = [...entry.told.prefixes].filter((prefix) => holds(entry, prefix)).length
    this.#metrics.sessionUp.set(labels, isEstablished(entry) ? 1 : 0)
    this.#metrics.announced.set(labels, held)
    this.#metrics.pending.set(labels, entry.told.wanted)
  }

  #report(name: string, entry: Entry): void {
    const state = stateOf(entry)
    const problem = problemOf(entry)
    const text = `${state} ${problem?.reason ?? ''} ${problem?.message ?? ''}`
    if (this.#reported.get(name) === text) return
    const before = this.#reported.get(name) ?? ''
    this.#reported.set(name, text)
    this.#host.report({ kind: 'peer', peer: name, state, ...problem })
    const fields = { peer: name, state, ...(problem && { problem: problem.message }) }
    if (state === 'Established') say(this.#host.log, 'established', fields)
    else if (before.startsWith('Established')) say(this.#host.log, 'lost', fields)
    else say(this.#host.log, problem === undefined ? 'stateChanged' : 'troubled', fields)
  }

  /** gobgpd counts from its own start; ours only grow. */
  #count(peer: UsablePeer, before: NeighborState | undefined, now: NeighborState): void {
    const labels = labelsOf(peer)
    for (const key of ['updatesSent', 'notificationsSent', 'notificationsReceived'] as const) {
      const since = before === undefined || now[key] < before[key] ? 0 : before[key]
      if (now[key] > since) this.#metrics[key].add(labels, now[key] - since)
    }
  }

  #remove(name: string, { resolved }: Entry): void {
    this.#entries.delete(name)
    this.#reported.delete(name)
    if (!isUsable(resolved)) return
    say(this.#host.log, 'removed', { peer: name })
    for (const metric of perPeer) this.#metrics[metric].remove(labelsOf(resolved))
  }
}

function addressOf(resolved: ResolvedPeer): Address | undefined {
  return isUsable(resolved) ? resolved.peer.address : undefined
}

function labelsOf({ peer }: UsablePeer): { readonly peer: string } {
  return { peer: endpointText(peer) }
}

/** An event says nothing of families: an established session goes on with those that are known. */
function familiesOf(news: NeighborState, before: NeighborState | undefined): readonly Family[] {
  const goesOn = news.state === 'Established' && before?.state === 'Established'
  return news.families.length === 0 && goesOn ? before.families : news.families
}

function isEstablished({ seen }: Entry): boolean {
  return seen?.state === 'Established'
}

function stateOf({ seen }: Entry): SessionState {
  return seen?.state ?? 'Idle'
}

/** Both sides want routes of the family on the session. */
function agreed({ resolved, seen }: Entry, family: Family): boolean {
  const wanted = isUsable(resolved) && resolved.session.families.includes(family)
  return wanted && (seen?.families ?? []).includes(family)
}

/** Only what the peer agreed to receive is on the session. */
function holds(entry: Entry, prefix: string): boolean {
  const family = prefix.includes(':') ? 'IPv6' : 'IPv4'
  return isEstablished(entry) && entry.told.prefixes.has(prefix) && agreed(entry, family)
}

function problemOf({ resolved, told, lost, seen }: Entry): PeerProblem | undefined {
  const now = seen?.state === 'Established' ? undefined : lost
  return told.problem ?? resolved.problem ?? now
}

function loss({ problem }: NeighborState): PeerProblem {
  return { reason: 'SessionLost', message: `the session ended${problem === undefined ? '' : `: ${problem}`}` }
}

function withoutLoss({ resolved, told, seen, lost }: Entry, established: boolean): Entry {
  const kept = established || lost === undefined ? {} : { lost }
  return { resolved, told, ...(seen && { seen }), ...kept }
}
