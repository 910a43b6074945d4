/* What bgpd and bfdd say about sessions. Their JSON is read field by field: whatever is missing is simply not known. */
import type { Family } from '#core/model/address.ts'

export interface NeighborReport {
  /** RFC 4271 state name. */
  readonly state: string
  /** Prefixes sent on the session, of each family both sides agreed to. */
  readonly sent: Readonly<Partial<Record<Family, number>>>
  /** Why the session ended or does not begin; absent when FRR gives no reason. */
  readonly lastReset?: string
  readonly updatesSent: number
  readonly updatesReceived: number
  readonly sessionsLost: number
}

/** `up`, `down`, `init` or `shutdown`, by the neighbor's address. */
export type BfdReports = ReadonlyMap<string, string>

interface JsonRecord {
  readonly [key: string]: unknown
}

const unicast: Readonly<Record<Family, string>> = { IPv4: 'ipv4Unicast', IPv6: 'ipv6Unicast' }

/** `show bgp neighbors json`, by neighbor. Total: text that is no such report holds no neighbors. */
export function readNeighbors(text: string): Map<string, NeighborReport> {
  const entries = Object.entries(record(parsed(text)))
  return new Map(
    entries.flatMap(([id, value]) => {
      const neighbor = record(value)
      return typeof neighbor['bgpState'] === 'string'
        ? [[id, reportOf(neighbor, neighbor['bgpState'])] as const]
        : []
    }),
  )
}

/** `show bfd peers json`. Total. */
export function readBfdPeers(text: string): BfdReports {
  const value = parsed(text)
  if (!Array.isArray(value)) return new Map()
  return new Map(
    value
      .map(record)
      .flatMap(({ peer, status, vrf }) =>
        typeof peer === 'string' && typeof status === 'string' ? [[bfdKey(peer, vrf), status] as const] : [],
      ),
  )
}

/** Identity of a BFD session: the neighbor, and its VRF unless that is the default one. */
export function bfdKey(peer: string, vrf: unknown): string {
  return typeof vrf === 'string' && vrf !== 'default' ? `${peer} ${vrf}` : peer
}

function reportOf(neighbor: JsonRecord, state: string): NeighborReport {
  const stats = record(neighbor['messageStats'])
  const lastReset = resetReason(neighbor)
  return {
    state,
    sent: sentOf(neighbor),
    ...(lastReset === undefined ? {} : { lastReset }),
    updatesSent: number(stats['updatesSent']),
    updatesReceived: number(stats['updatesRecv']),
    sessionsLost: number(neighbor['connectionsDropped']),
  }
}

function sentOf(neighbor: JsonRecord): NeighborReport['sent'] {
  const agreed = record(record(neighbor['neighborCapabilities'])['multiprotocolExtensions'])
  const counters = record(neighbor['addressFamilyInfo'])
  const sent: Partial<Record<Family, number>> = {}
  for (const family of ['IPv4', 'IPv6'] as const) {
    const key = unicast[family]
    if (record(agreed[key])['advertisedAndReceived'] !== true) continue
    sent[family] = number(record(counters[key])['sentPrefixCounter'])
  }
  return sent
}

function resetReason(neighbor: JsonRecord): string | undefined {
  const words = ['lastNotificationReason', 'lastResetDueTo'].map((key) => neighbor[key])
  return words.find((word) => typeof word === 'string' && word !== '') as string | undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function record(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {}
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
