/* One Service as the allocator keeps it. */
import type { Doubt, Holding } from './current.ts'
import type { Refusal } from './refusal.ts'
import { createdOf, type Order } from './order.ts'
import type { Group } from './waiting-room.ts'
import type { Wish } from './wish.ts'
import type { Address } from '../model/address.ts'

export interface Tenant extends Order {
  created: string
  wish: Wish
  held: Holding | undefined
  /** What it held when the last pool went; it takes that back when pools return. */
  former: readonly Address[] | undefined
  /** A Service that held an address when this one joined it. */
  joined: string | undefined
  /** It waits for addresses, or for the second of a pair. */
  group: Group<Tenant> | undefined
  /** Why it gets nothing until itself or the pools change. */
  refusal: Refusal | undefined
  /** Why nobody can say whether it may keep what it has: that stays as it is, and it gets nothing new. */
  doubt: Doubt | undefined
  /** Why it gave up each of the addresses that its status may still list. */
  losses: ReadonlyMap<Address, string> | undefined
}

export function newTenant(wish: Wish): Tenant {
  return {
    name: wish.claim.service,
    created: createdOf(wish.service),
    wish,
    held: undefined,
    former: undefined,
    joined: undefined,
    group: undefined,
    refusal: undefined,
    doubt: undefined,
    losses: undefined,
  }
}

/** Takes note of what the Service asks for now. Only while it neither holds nor waits. */
export function revise(tenant: Tenant, wish: Wish): void {
  tenant.wish = wish
  tenant.created = createdOf(wish.service)
}

/** What a Service that holds nothing here had before: it keeps that while it is lawful. */
export function currentOf({ former, wish }: Tenant): readonly Address[] {
  return former ?? wish.status
}

/** Whether a Service lacks anything that pools could give it, or has a fault to be told of. */
export function isWanting({ held, wish }: Tenant): boolean {
  return wish.fault !== undefined || (held?.addresses.length ?? 0) < wish.families.all.length
}

/** Takes note of why it gives up addresses; what its status does not list any more is history. */
export function lose(tenant: Tenant, addresses: readonly Address[], why: string): void {
  const { losses = [], wish } = tenant
  const told = [...losses].filter(([address]) => wish.status.includes(address))
  tenant.losses = new Map([...told, ...addresses.map((address) => [address, why] as const)])
}

/** Adds to what the Service holds. */
export function occupy(tenant: Tenant, more: Holding): void {
  const { addresses, space } = more
  for (const address of addresses) space.familyOf(address).hold(tenant.wish.claim, address)
  const { held } = tenant
  tenant.held = held === undefined ? more : { space, addresses: [...held.addresses, ...addresses] }
}

/** Before new pools: what it holds becomes what it had. */
export function uproot(tenant: Tenant): void {
  tenant.former = tenant.held?.addresses ?? tenant.former
  tenant.held = undefined
  tenant.group = undefined
  tenant.refusal = undefined
}

/** Answers what it held. */
export function vacate(tenant: Tenant): Holding | undefined {
  const { held, wish } = tenant
  for (const address of held?.addresses ?? []) held?.space.familyOf(address).drop(wish.claim, address)
  tenant.held = undefined
  return held
}
