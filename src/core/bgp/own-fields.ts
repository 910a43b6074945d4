/*
 * What Herald offers beyond the fields of MetalLB's BGPPeer and BGPAdvertisement: each by an annotation, since the
 * CRDs are not ours to extend. A BGPPeer's come to the plugin in its spec, below `herald`; a BGPAdvertisement's are
 * options of its offers. The general Advertisement has the latter among its options without any annotation.
 */
import type { Unsupported } from '../announcer.ts'
import { isJsonObject, type Json, type JsonSchema } from '../model/json.ts'

/** Where in the spec of a BGPPeer resource the values of its annotations stand. */
export const ownField = 'herald'

export const peerRoles = ['customer', 'provider', 'peer', 'rs', 'rs-client'] as const
export type PeerRole = (typeof peerRoles)[number]

/** The message authentication codes of RFC 5926 §3.1, each with its key derivation function. */
export const tcpAoAlgorithms = ['hmac-sha-1-96', 'aes-128-cmac-96'] as const
export type TcpAoAlgorithm = (typeof tcpAoAlgorithms)[number]

export interface OwnPeerFields {
  /** MULTI_EXIT_DISC of routes whose advertisement names none. */
  readonly med?: number
  /** Times our AS is repeated in the path, likewise. */
  readonly asPathPrepend?: number
  /** Wait for the peer to connect. */
  readonly passive?: boolean
  /** What we are to the peer (RFC 9234). */
  readonly role?: PeerRole
  /** Routers between us and the peer, plus one (RFC 5082). */
  readonly ttlSecurity?: number
  /** The password is a master key of TCP-AO (RFC 5925) instead of TCP-MD5's. */
  readonly tcpAo?: TcpAoAlgorithm
  /** KeyID of the segments we send, and of those we receive; absent = 1. */
  readonly tcpAoSendId?: number
  readonly tcpAoReceiveId?: number
}

export interface OwnField {
  readonly annotation: string
  /** Its name in the spec or the options. */
  readonly field: string
  readonly schema: JsonSchema
}

const med: JsonSchema = {
  type: 'integer',
  minimum: 0,
  maximum: 4294967295,
  description: 'MULTI_EXIT_DISC: among routes from one AS the router prefers the lowest.',
}
const asPathPrepend: JsonSchema = {
  type: 'integer',
  minimum: 0,
  maximum: 16,
  description: 'How many times our AS is repeated in the path towards other ASes.',
}

const keyId: JsonSchema = { type: 'integer', minimum: 0, maximum: 255 }

export const peerOwnFields: readonly OwnField[] = [
  { annotation: 'heraldlb.io/med', field: 'med', schema: med },
  { annotation: 'heraldlb.io/as-path-prepend', field: 'asPathPrepend', schema: asPathPrepend },
  { annotation: 'heraldlb.io/passive', field: 'passive', schema: { type: 'boolean' } },
  { annotation: 'heraldlb.io/role', field: 'role', schema: { type: 'string', enum: [...peerRoles] } },
  {
    annotation: 'heraldlb.io/ttl-security',
    field: 'ttlSecurity',
    schema: { type: 'integer', minimum: 1, maximum: 254 },
  },
  {
    annotation: 'heraldlb.io/tcp-ao',
    field: 'tcpAo',
    schema: { type: 'string', enum: [...tcpAoAlgorithms] },
  },
  { annotation: 'heraldlb.io/tcp-ao-send-id', field: 'tcpAoSendId', schema: keyId },
  { annotation: 'heraldlb.io/tcp-ao-receive-id', field: 'tcpAoReceiveId', schema: keyId },
]

export const advertisementOwnFields: readonly OwnField[] = [
  { annotation: 'heraldlb.io/med', field: 'med', schema: med },
  { annotation: 'heraldlb.io/as-path-prepend', field: 'asPathPrepend', schema: asPathPrepend },
  {
    annotation: 'heraldlb.io/link-bandwidth',
    field: 'linkBandwidth',
    schema: {
      type: 'boolean',
      description: 'Tells routers how many endpoints stand behind this node, for weighted paths.',
    },
  },
]

/** The values below `ownField`; they were checked when the annotations were read. */
export function ownPeerFields(value: Json | undefined): OwnPeerFields {
  return isJsonObject(value) ? value : {}
}

/** The text of an annotation as the value its schema wants; undefined: it is none. */
export function parseOwnValue(text: string, { type }: JsonSchema): Json | undefined {
  if (type === 'integer') return /^\d{1,15}$/.test(text) ? Number(text) : undefined
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  return text
}

/** For a backend that can do none of them: what it refuses, wherever a user may ask for it. */
export function withoutOwnFields(reason: (field: string) => string): Unsupported[] {
  const refused = (kind: string, parent: string, fields: readonly OwnField[]): Unsupported[] =>
    fields.map(({ field }) => ({ kind, field: `${parent}.${field}`, reason: reason(field) }))
  return [
    ...refused('BGPPeer', ownField, peerOwnFields),
    ...refused('BGPAdvertisement', ownField, advertisementOwnFields),
    ...refused('Advertisement', 'options', advertisementOwnFields),
  ]
}
