/* What became of one peer's session, as FRR reports it: views for the statuses, observations, log lines, metrics. */
import type { AnnouncerHost } from '#core/announcer.ts'
import type { RouteTable } from '#core/bgp/routes.ts'
import type { PeerView } from '#core/bgp/target-status.ts'
import type { Family } from '#core/model/address.ts'
import type { Labels } from '#core/ports.ts'

import type { Trouble } from './errors.ts'
import { say } from './log.ts'
import { perBfdSession, perSession, type FrrMetrics } from './metrics.ts'
import { families } from './model/render.ts'
import type { FrrPeer } from './peer.ts'
import type { BfdCounts, MessageCounts, NeighborReport } from './reports.ts'

/** Prefixes as text. */
export type PrefixesByFamily = Readonly<Record<Family, ReadonlySet<string>>>

/** What is known of a session at one moment. */
export interface Glance {
  /** Absent: FRR has no such neighbor, or cannot be asked. */
  readonly report?: NeighborReport
  /** State of the BFD session; absent: none. */
  readonly bfd?: string
  readonly bfdCounts?: BfdCounts
  readonly trouble?: Trouble
}

export class PeerWatch {
  readonly #host: AnnouncerHost
  readonly #metrics: FrrMetrics
  readonly #name: string
  #label: string
  #vrf = 'default'
  /** What the metrics of BFD, which has no port, call the peer. */
  #bfdLabel: string
  #glance: Glance = {}
  /** Prefixes wanted on the session, and those it is known to have, by family. */
  #wanted: PrefixesByFamily = { IPv4: new Set(), IPv6: new Set() }
  #held: PrefixesByFamily = { IPv4: new Set(), IPv6: new Set() }
  #said = ''
  /** Counters as FRR last had them. */
  #counted: Readonly<Record<string, number>> = {}

  constructor(host: AnnouncerHost, metrics: FrrMetrics, name: string) {
    this.#host = host
    this.#metrics = metrics
    this.#name = name
    this.#label = name
    this.#bfdLabel = name
  }

  /** The session's settings and routes as they are wanted from now on. */
  want(peer: FrrPeer | undefined, wanted: PrefixesByFamily): void {
    const label = peer === undefined ? this.#name : endpointText(peer)
    const vrf = peer?.vrf ?? 'default'
    if (label !== this.#label || vrf !== this.#vrf) this.forget()
    this.#label = label
    this.#vrf = vrf
    this.#bfdLabel = peer?.id ?? this.#name
    this.#wanted = wanted
    this.#metrics.pending.set(this.#labels, this.#wanted.IPv4.size + this.#wanted.IPv6.size)
  }

  /** True when something a status depends on has changed. */
  see(glance: Glance): boolean {
    const before = this.#fingerprint()
    this.#glance = glance
    const hold = (family: Family): ReadonlySet<string> => this.#holdsNow(family)
    this.#held = { IPv4: hold('IPv4'), IPv6: hold('IPv6') }
    this.#measure()
    this.#tell()
    return this.#fingerprint() !== before
  }

  /** FRR has sent all that is wanted, or has no session to send it on. */
  get settled(): boolean {
    return !this.established || families.every((family) => this.#isTold(family))
  }

  get established(): boolean {
    return this.#glance.report?.state === 'Established'
  }

  view(): PeerView {
    const held = this.#held
    return {
      name: this.#name,
      established: this.established,
      detail: this.#detail(),
      holds: (prefix) => held.IPv4.has(prefix) || held.IPv6.has(prefix),
      familyFault: (family) =>
        this.#glance.report?.sent[family] === undefined ? 'FamilyNotNegotiated' : undefined,
    }
  }

  /** Takes back every series of the peer. */
  forget(): void {
    for (const name of perSession) this.#metrics[name].remove(this.#labels)
    for (const name of perBfdSession) this.#metrics[name].remove(this.#bfdLabels)
    this.#metrics.sessionsLost.remove({ peer: this.#label })
    this.#counted = {}
  }

  get #labels(): Labels {
    return { peer: this.#label, vrf: this.#vrf }
  }

  get #bfdLabels(): Labels {
    return { peer: this.#bfdLabel, vrf: this.#vrf }
  }

  /** FRR says how many prefixes it has sent: when that is how many are wanted, they are those. */
  #holdsNow(family: Family): ReadonlySet<string> {
    if (!this.established || this.#glance.report?.sent[family] === undefined) return new Set()
    return this.#isTold(family) ? this.#wanted[family] : this.#held[family]
  }

  #isTold(family: Family): boolean {
    const sent = this.#glance.report?.sent[family]
    return sent === undefined || sent === this.#wanted[family].size
  }

  #detail(): string {
    const { report, trouble, bfd } = this.#glance
    const state = report?.state ?? 'Idle'
    const words = [state, trouble?.message, bfd === undefined || bfd === 'up' ? undefined : `BFD is ${bfd}`]
    return words.filter((word) => word !== undefined).join(', ')
  }

  #fingerprint(): string {
    const { report, trouble, bfd } = this.#glance
    const told = families.map((family) => report?.sent[family] !== undefined && this.#isTold(family))
    return JSON.stringify([report?.state, told, trouble, bfd])
  }

  #measure(): void {
    const { report, bfd, bfdCounts } = this.#glance
    const labels = this.#labels
    this.#metrics.sessionUp.set(labels, this.established ? 1 : 0)
    const sent = this.established ? (report?.sent.IPv4 ?? 0) + (report?.sent.IPv6 ?? 0) : 0
    this.#metrics.announced.set(labels, sent)
    if (bfd !== undefined) this.#metrics.bfdUp.set(this.#bfdLabels, bfd === 'up' ? 1 : 0)
    if (report !== undefined) {
      const { sessionsLost } = report
      this.#metrics.sessionsLost.add(
        { peer: this.#label },
        growth(sessionsLost, this.#counted['sessionsLost']),
      )
      this.#count(report.messages, labels)
      this.#counted = { ...this.#counted, sessionsLost }
    }
    if (bfdCounts !== undefined) this.#count(bfdCounts, this.#bfdLabels)
  }

  #count(counts: Partial<MessageCounts & BfdCounts>, labels: Labels): void {
    for (const [name, now] of Object.entries(counts) as [keyof (MessageCounts & BfdCounts), number][])
      this.#metrics[name].add(labels, growth(now, this.#counted[name]))
    this.#counted = { ...this.#counted, ...counts }
  }

  #tell(): void {
    const { report, trouble } = this.#glance
    const state = report?.state ?? 'Idle'
    const wrong =
      trouble ?? (state === 'Established' || report === undefined ? undefined : notEstablished(report))
    const said = JSON.stringify([state, wrong])
    if (said === this.#said) return
    this.#said = said
    const fields = { peer: this.#name, address: this.#label, state }
    if (wrong !== undefined) say(this.#host.log, 'troubled', { ...fields, problem: wrong.message })
    else if (this.established) say(this.#host.log, 'established', fields)
    this.#host.report({ kind: 'peer', peer: this.#name, state, ...wrong })
  }
}

/** In bgpd's words: its next hop tracking has no way to the neighbor, so that it does not even call. */
const NO_PATH = 'No path to specified Neighbor'
/** Zebra may lack a route that the kernel has; it reads the kernel's only when it starts. */
const noPathRemedy =
  'FRR knows no route to the peer (vtysh: show ip nht); if the kernel has one (ip route get), restart FRR'

function notEstablished({ state, lastReset }: NeighborReport): Trouble {
  const last = lastReset === undefined ? '' : `; last: ${lastReset}`
  const remedy = lastReset === NO_PATH ? `: ${noPathRemedy}` : ''
  return { reason: 'NotEstablished', message: `FRR is in state ${state}${last}${remedy}` }
}

/** FRR's counters begin anew when it restarts. */
function growth(now: number, before = 0): number {
  return now >= before ? now - before : now
}

/** The prefixes of each table; peers that share a table share them. */
export function prefixesOf(tables: ReadonlyMap<string, RouteTable>): Map<RouteTable, PrefixesByFamily> {
  return new Map(
    [...new Set(tables.values())].map((table) => {
      const prefixes = { IPv4: new Set<string>(), IPv6: new Set<string>() }
      for (const [key, { prefix }] of table) prefixes[prefix.family].add(key)
      return [table, prefixes]
    }),
  )
}

/** `192.0.2.1:179`, `[2001:db8::1]:179`, `eth0:179`. */
function endpointText({ id, port, overIPv6, unnumbered }: FrrPeer): string {
  return overIPv6 && !unnumbered ? `[${id}]:${port}` : `${id}:${port}`
}
