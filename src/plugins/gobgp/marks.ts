/*
 * How Herald recognises what is its own in a gobgpd that others may use too. A neighbour is ours by its description. A
 * path is ours by a large community that no neighbour ever sees: its last part, the mark, says which of our statements
 * apply to the path. Sets, statements and policies are ours by their names.
 */
import { parseAddress, type Address, type Family } from '#core/model/address.ts'

import type { SetName } from './client.ts'

/** "HERA" in ASCII; as an AS number it belongs to nobody. */
export const markAdministrator = 0x48455241

export const policies = {
  /** The safety belt: what no router may hear of ours. */
  belt: 'herald-belt',
  /** What our neighbours get of our routes. */
  routes: 'herald-routes',
  /** Our neighbours get nothing else, and give nothing. */
  peers: 'herald-peers',
  /** Nobody else gets our routes. */
  marks: 'herald-marks',
} as const

export type PolicyName = (typeof policies)[keyof typeof policies]

/** In the order of evaluation, before whatever the operator has. */
export const assigned: Readonly<Record<'import' | 'export', readonly PolicyName[]>> = {
  export: [policies.belt, policies.routes, policies.peers, policies.marks],
  import: [policies.peers],
}

export const anyMarkSet = 'herald-mark-any'

export function peerSet(address: Address): string {
  return `herald-peer-${address}`
}

export function markSet(mark: number): string {
  return `herald-mark-${mark}`
}

export function allowedSet(family: Family, digest: string): string {
  return `herald-allowed-${family.toLowerCase()}-${digest}`
}

export function kindOfSet(name: string): SetName['kind'] {
  if (name.startsWith('herald-mark-')) return 'large-community'
  return name.startsWith('herald-allowed-') ? 'prefix' : 'neighbor'
}

export function isOurs(name: string): boolean {
  return name.startsWith('herald-')
}

/** A pattern for the large community of one mark, or of all. */
export function markPattern(mark?: number): string {
  return `^${markAdministrator}:0:${mark === undefined ? '' : `${mark}$`}`
}

/** The description of a neighbour of ours: who it is, and which revision of its resource made it. */
export function describeNeighbor(name: string, revision: string): string {
  return `herald:${name}:${revision}`
}

export function parseDescription(
  description: string,
): { readonly name: string; readonly revision: string } | undefined {
  const [, name, revision] = /^herald:([^:]+):(.*)$/.exec(description) ?? []
  return name === undefined || revision === undefined ? undefined : { name, revision }
}

/** What one neighbour gets of the paths with one mark. */
export interface Treatment {
  readonly mark: number
  readonly neighbor: Address
  /** Canonical text of what is set on the way out; see `treatment.ts`. */
  readonly action: string
}

/** A statement's name is all it does: what gobgpd holds is known from the names alone, also after a restart. */
export function routeStatement({ mark, neighbor, action }: Treatment): string {
  return `herald-route|${mark}|${neighbor}|${action}`
}

export function parseRouteStatement(name: string): Treatment | undefined {
  const [, mark, neighborText = '', action] = /^herald-route\|(\d+)\|([^|]+)\|(.*)$/.exec(name) ?? []
  const neighbor = parseAddress(neighborText)
  if (neighbor === undefined || action === undefined) return undefined
  return { mark: Number(mark), neighbor, action }
}

export function peerStatement(neighbor: Address): string {
  return `herald-peer|${neighbor}`
}

export const markStatement = 'herald-mark|any'

export function beltStatement(family: Family, digest: string): string {
  return `herald-belt|${family}|${digest}`
}
