/* Who holds one address. Nearly always that is one Service, which then stands for itself. */
import type { Refusal } from './refusal.ts'
import { haveSameKeys, keyConflict, portConflict, type Claim } from './sharing.ts'
import type { Address } from '../model/address.ts'

/** Several Services that share one address lawfully. */
interface Sharers {
  readonly claims: Set<Claim>
  readonly ports: Map<string, Claim>
}

export type Tenancy = Claim | Sharers

/** Whoever has held the address longest. */
export function firstOf(tenancy: Tenancy): Claim | undefined {
  return 'claims' in tenancy ? tenancy.claims.values().next().value : tenancy
}

/** Why `claim` may not join; `undefined` = it may. All holders have the same keys, so one stands for all. */
export function objectionTo(claim: Claim, tenancy: Tenancy, address: Address): Refusal | undefined {
  const first = firstOf(tenancy)
  if (first !== undefined && !haveSameKeys(claim, first)) {
    return keyConflict(claim, spokesmanOf(tenancy, first), address)
  }
  for (const port of claim.ports) {
    const holder = holderOfPort(tenancy, port)
    if (holder !== undefined) return portConflict(port, holder, address)
  }
  return undefined
}

/** The holder that messages name: the first by name, whoever came first. */
function spokesmanOf(tenancy: Tenancy, first: Claim): Claim {
  if (!('claims' in tenancy)) return first
  return [...tenancy.claims].reduce((a, b) => (a.service < b.service ? a : b))
}

/** What becomes of an address that one more Service holds. */
export function joined(claim: Claim, tenancy: Tenancy | undefined): Tenancy {
  if (tenancy === undefined) return claim
  const sharers = 'claims' in tenancy ? tenancy : sharersOf(tenancy)
  add(sharers, claim)
  return sharers
}

/** What is left of it when `claim` leaves; `undefined` = the address is free. */
export function left(claim: Claim, tenancy: Tenancy): Tenancy | undefined {
  if (!('claims' in tenancy)) return undefined
  tenancy.claims.delete(claim)
  for (const port of claim.ports) tenancy.ports.delete(port)
  const [first] = tenancy.claims
  return tenancy.claims.size > 1 ? tenancy : first
}

function holderOfPort(tenancy: Tenancy, port: string): Claim | undefined {
  if ('claims' in tenancy) return tenancy.ports.get(port)
  return tenancy.ports.includes(port) ? tenancy : undefined
}

function sharersOf(claim: Claim): Sharers {
  const sharers: Sharers = { claims: new Set(), ports: new Map() }
  add(sharers, claim)
  return sharers
}

function add({ claims, ports }: Sharers, claim: Claim): void {
  claims.add(claim)
  for (const port of claim.ports) ports.set(port, claim)
}
