/* Registry numbers. https://www.iana.org/assignments/bgp-parameters and …/capability-codes, one row per RFC beside. */
import type { Family } from '#core/model/address.ts'

export const versionNumber = 4 // RFC 4271 §4.2
export const headerLength = 19 // RFC 4271 §4.1
export const maxLength = 4096 // RFC 4271 §4.1
export const maxExtendedLength = 65_535 // RFC 8654 §3
/** Stands in the two-octet field for an AS that needs four. */
export const asTrans = 23_456 // RFC 6793 §9

export const messageType = {
  open: 1, // RFC 4271
  update: 2, // RFC 4271
  notification: 3, // RFC 4271
  keepalive: 4, // RFC 4271
  routeRefresh: 5, // RFC 2918
} as const

/** The subtypes of a ROUTE-REFRESH. */
export const refreshSubtype = {
  request: 0, // RFC 2918
  begin: 1, // RFC 7313
  end: 2, // RFC 7313
} as const

/** What the local side of a session is to the remote one (RFC 9234 §4.1). */
export const roleValue = { provider: 0, rs: 1, 'rs-client': 2, customer: 3, peer: 4 } as const

/** Flags of the graceful restart capability (RFC 4724 §3, RFC 8538 §2), and of a family in it. */
export const restartFlag = { restarted: 0x8000, notification: 0x4000, time: 0x0fff } as const
export const forwardingPreserved = 0x80

export const afi = { IPv4: 1, IPv6: 2 } as const satisfies Record<Family, number>
export const safi = { unicast: 1 } as const

export const optionalParameter = {
  capabilities: 2, // RFC 5492
  extendedLength: 255, // RFC 9072
} as const

export const capabilityCode = {
  multiprotocol: 1, // RFC 4760
  routeRefresh: 2, // RFC 2918
  extendedNextHop: 5, // RFC 8950
  extendedMessage: 6, // RFC 8654
  role: 9, // RFC 9234
  gracefulRestart: 64, // RFC 4724
  fourOctetAs: 65, // RFC 6793
  enhancedRouteRefresh: 70, // RFC 7313
} as const

export const attributeFlag = {
  optional: 0x80,
  transitive: 0x40,
  partial: 0x20,
  extendedLength: 0x10,
} as const

export const attributeCode = {
  origin: 1, // RFC 4271
  asPath: 2, // RFC 4271
  nextHop: 3, // RFC 4271
  med: 4, // RFC 4271
  localPref: 5, // RFC 4271
  atomicAggregate: 6, // RFC 4271
  aggregator: 7, // RFC 4271
  communities: 8, // RFC 1997
  originatorId: 9, // RFC 4456
  clusterList: 10, // RFC 4456
  mpReach: 14, // RFC 4760
  mpUnreach: 15, // RFC 4760
  extendedCommunities: 16, // RFC 4360
  as4Path: 17, // RFC 6793
  as4Aggregator: 18, // RFC 6793
  largeCommunities: 32, // RFC 8092
  onlyToCustomer: 35, // RFC 9234
} as const

export const origin = { igp: 0, egp: 1, incomplete: 2 } as const // RFC 4271 §4.3
export const asSegment = { set: 1, sequence: 2, confedSequence: 3, confedSet: 4 } as const // RFC 4271, RFC 5065

export const errorCode = {
  header: 1,
  open: 2,
  update: 3,
  holdTimer: 4,
  fsm: 5,
  cease: 6,
  routeRefresh: 7, // RFC 7313
  sendHoldTimer: 8, // RFC 9687
} as const // RFC 4271 §4.5

export const headerError = { notSynchronized: 1, badLength: 2, badType: 3 } as const
export const openError = {
  unspecific: 0,
  badVersion: 1,
  badPeerAs: 2,
  badIdentifier: 3,
  badOptionalParameter: 4,
  badHoldTime: 6,
  roleMismatch: 11, // RFC 9234
} as const
export const updateError = {
  malformedAttributes: 1,
  unrecognisedWellKnown: 2,
  missingWellKnown: 3,
  attributeFlags: 4,
  attributeLength: 5,
  badOrigin: 6,
  badNextHop: 8,
  badOptional: 9,
  badNetwork: 10,
  badAsPath: 11,
} as const
export const routeRefreshError = { badLength: 1 } as const // RFC 7313 §5
export const fsmError = { inOpenSent: 1, inOpenConfirm: 2, inEstablished: 3 } as const // RFC 6608
export const cease = {
  maxPrefixes: 1,
  shutdown: 2,
  deconfigured: 3,
  reset: 4,
  rejected: 5,
  configurationChange: 6,
  collision: 7,
  outOfResources: 8,
  hardReset: 9, // RFC 8538
  bfdDown: 10, // RFC 9384
} as const // RFC 4486
