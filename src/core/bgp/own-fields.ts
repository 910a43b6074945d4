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
  /** The name of a Secret; no backend can, and whoever asks for it is told so rather than left unsigned. */
  { annotation: 'heraldlb.io/tcp-ao', field: 'tcpAo', schema: { type: 'string' } },
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
