/* What bgpd and bfdd say about sessions. Their JSON is read field by field: whatever is missing is simply not known. */
import type { Family } from '#core/model/address.ts'

export interface NeighborReport {
  /** RFC 4271 state name. */
  readonly state: string
  /** Prefixes sent on the session, of each family both sides agreed to. */
  readonly sent: Readonly<Partial<Record<Family, number>>>
  /** Why the session ended or does not begin; absent when FRR gives no reason. */
  readonly lastReset?: string
  readonly messages: MessageCounts
  readonly sessionsLost: number
}

/** Where FRR keeps its counters of messages, by our names. */
const messageFields = {
  opensSent: 'opensSent',
  opensReceived: 'opensRecv',
  notificationsSent: 'notificationsSent',
  updatesSent: 'updatesSent',
  updatesReceived: 'updatesRecv',
  keepalivesSent: 'keepalivesSent',
  keepalivesReceived: 'keepalivesRecv',
  routeRefreshSent: 'routeRefreshSent',
  totalSent: 'totalSent',
  totalReceived: 'totalRecv',
} as const

export type MessageCounts = Readonly<Record<keyof typeof messageFields, number>>

const bfdFields = {
  bfdControlIn: 'control-packet-input',
  bfdControlOut: 'control-packet-output',
  bfdEchoIn: 'echo-packet-input',
  bfdEchoOut: 'echo-packet-output',
  bfdUps: 'session-up',
  bfdDowns: 'session-down',
  bfdZebra: 'zebra-notifications',
} as const

export type BfdCounts = Readonly<Record<keyof typeof bfdFields, number>>

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
  return bfdSessions(text, ({ status }) => (typeof status === 'string' ? status : undefined))
}

/** `show bfd peers counters json`. Total. */
export function readBfdCounts(text: string): ReadonlyMap<string, BfdCounts> {
  return bfdSessions(text, (session) => counts(session, bfdFields))
}

function bfdSessions<Value>(text: string, read: (session: JsonRecord) => Value | undefined) {
  const value = parsed(text)
  const sessions = Array.isArray(value) ? value.map(record) : []
  return new Map(
    sessions.flatMap((session) => {
      const { peer, vrf } = session
      const found = read(session)
      return typeof peer === 'string' && found !== undefined ? [[bfdKey(peer, vrf), found] as const] : []
    }),
  )
}

/** Identity of a BFD session: the neighbor, and its VRF unless that is the default one. */
export function bfdKey(peer: string, vrf: unknown): string {
  return typeof vrf === 'string' && vrf !== 'default' ? `${peer} ${vrf}` : peer
}

function reportOf(neighbor: JsonRecord, state: string): NeighborReport {
  const lastReset = resetReason(neighbor)
  return {
    state,
    sent: sentOf(neighbor),
    ...(lastReset === undefined ? {} : { lastReset }),
    messages: counts(record(neighbor['messageStats']), messageFields),
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

function counts<Name extends string>(found: JsonRecord, fields: Readonly<Record<Name, string>>) {
  const entries = Object.entries<string>(fields).map(([name, field]) => [name, number(found[field])])
  return Object.fromEntries(entries) as Readonly<Record<Name, number>>
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
