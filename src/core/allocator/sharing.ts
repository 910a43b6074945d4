/*
 * Who may hold one address together (`allow-shared-ip`): Services with the same non-empty sharing key, the same
 * backend key, and no protocol and port in common.
 */
import { annotationOf } from './annotations.ts'
import type { Refusal } from './refusal.ts'
import type { Address } from '../model/address.ts'
import { nameOf, type ServiceObject } from '../model/objects.ts'
import { quote } from '../model/wording.ts'

/** What a Service brings to an address it wants to hold. */
export interface Claim {
  /** `namespace/name`. */
  readonly service: string
  /** Empty = the Service shares with nobody. */
  readonly sharingKey: string
  /** Services with the same one are served by the same nodes: see `backendKeyOf`. */
  readonly backendKey: string
  /** `TCP/80`. */
  readonly ports: readonly string[]
}

const noPorts: readonly string[] = []

export function claimOf(service: ServiceObject): Claim {
  const sharingKey = annotationOf(service, 'allow-shared-ip') ?? ''
  const shares = sharingKey !== ''
  return {
    service: nameOf(service),
    sharingKey,
    backendKey: shares ? backendKeyOf(service) : '',
    ports: shares ? portsOf(service) : noPorts,
  }
}

/** Text that is equal exactly for claims which any address treats alike, whoever makes them. */
export function kindOfClaim(claim: Claim): string {
  return claim.sharingKey === '' ? '' : JSON.stringify([claim.sharingKey, claim.backendKey, claim.ports])
}

/** With externalTrafficPolicy Local the nodes that can answer depend on the selector; otherwise any node can. */
function backendKeyOf({ spec }: ServiceObject): string {
  if (spec.externalTrafficPolicy !== 'Local') return ''
  const pairs = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`)
  return pairs.sort().join(',')
}

function portsOf({ spec }: ServiceObject): string[] {
  const ports = (spec.ports ?? []).map(({ protocol = 'TCP', port }) => `${protocol}/${port}`)
  return [...new Set(ports)].sort()
}

/** Whether the two may hold one address, their ports apart. */
export function haveSameKeys(a: Claim, b: Claim): boolean {
  return a.sharingKey !== '' && a.sharingKey === b.sharingKey && a.backendKey === b.backendKey
}

/** Why they may not, when they have not the same keys. */
export function keyConflict(claim: Claim, holder: Claim, address: Address): Refusal {
  const inUse = `${quote(address)} is in use by ${holder.service}`
  if (claim.sharingKey === '' || holder.sharingKey === '') {
    return { reason: 'AddressInUse', message: `${inUse}, and ${keylessText(claim, holder)}` }
  }
  if (claim.sharingKey !== holder.sharingKey) {
    return {
      reason: 'SharingKeyMismatch',
      message: `${inUse} with sharing key ${quote(holder.sharingKey)}, not ${quote(claim.sharingKey)}`,
    }
  }
  return {
    reason: 'BackendMismatch',
    message: `${inUse} with the same sharing key, but it ${backendText(holder)}, and this Service ${backendText(claim)}`,
  }
}

export function portConflict(port: string, holder: Claim, address: Address): Refusal {
  return {
    reason: 'PortConflict',
    message: `port ${port} is already in use on ${quote(address)} by ${holder.service}`,
  }
}

function keylessText(claim: Claim, holder: Claim): string {
  if (claim.sharingKey !== '') return `${holder.service} has no sharing key`
  return holder.sharingKey === '' ? 'neither Service has a sharing key' : 'this Service has no sharing key'
}

function backendText({ backendKey }: Claim): string {
  return backendKey === ''
    ? 'has externalTrafficPolicy Cluster (or no selector)'
    : `has externalTrafficPolicy Local with selector ${backendKey}`
}
