/* AddressClaims: who has been granted which address. The API server lets an address be claimed once. */
import { addressWords } from './claim-name.ts'
import type { Address } from '#core/model/address.ts'
import type { ObjectMeta, ServiceObject } from '#core/model/objects.ts'
import { nameOf } from '#core/model/objects.ts'

import type { RawObject } from '../api/client.ts'
import type { ObjectStore } from '../api/object-store.ts'
import { metaOf } from '../api/projections.ts'

export interface ClaimHolder {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface AddressClaim {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly address: Address
    readonly pool?: string
    /** Which process granted it last. */
    readonly writer?: string
    /** Several share it. */
    readonly services: readonly ClaimHolder[]
  }
}

export function projectClaim(raw: RawObject): AddressClaim {
  const { address, pool, writer, services } = (raw as unknown as AddressClaim).spec
  return {
    metadata: metaOf(raw, () => false),
    spec: {
      address,
      ...(pool !== undefined && { pool }),
      ...(writer !== undefined && { writer }),
      services,
    },
  }
}

export function newClaim(address: Address, spec: Omit<AddressClaim['spec'], 'address'>): RawObject {
  return { metadata: { name: addressWords(address) }, spec: { address, ...spec } }
}

export function withSpec(claim: AddressClaim, change: Partial<AddressClaim['spec']>): RawObject {
  return { metadata: claim.metadata, spec: { ...claim.spec, ...change } }
}

export function holderOf(service: ServiceObject): ClaimHolder {
  const { namespace = 'default', name, uid = '' } = service.metadata
  return { namespace, name, uid }
}

export function isHeldBy(claim: AddressClaim, service: ServiceObject): boolean {
  return claim.spec.services.some((holder) => sameHolder(holder, holderOf(service)))
}

export function sameHolder(a: ClaimHolder, b: ClaimHolder): boolean {
  return a.namespace === b.namespace && a.name === b.name && a.uid === b.uid
}

/** The claims, also by the Services that hold them. */
export class ClaimIndex {
  private readonly store: ObjectStore<AddressClaim>
  private readonly byService = new Map<string, Set<string>>()
  private readonly indexed = new Map<string, AddressClaim>()

  constructor(store: ObjectStore<AddressClaim>) {
    this.store = store
    store.onChange((keys) => this.refresh(keys))
  }

  of(address: Address): AddressClaim | undefined {
    return this.store.get(addressWords(address))
  }

  /** Whether the address is granted to exactly this Service. */
  isHeld(address: Address, service: ServiceObject): boolean {
    const claim = this.of(address)
    return claim !== undefined && isHeldBy(claim, service)
  }

  /** `namespace/name`, whatever its uid. */
  heldBy(service: string): readonly AddressClaim[] {
    return [...(this.byService.get(service) ?? [])].flatMap((name) => this.store.get(name) ?? [])
  }

  /** Every Service that a claim names. */
  holders(): Iterable<string> {
    return this.byService.keys()
  }

  /** What a write has made of it; in force at once. */
  note(claim: AddressClaim): void {
    this.store.put(claim)
    this.refresh(new Set([claim.metadata.name]))
  }

  gone(name: string): void {
    this.store.remove(name)
    this.refresh(new Set([name]))
  }

  private refresh(names: ReadonlySet<string>): void {
    for (const name of names) {
      for (const holder of this.indexed.get(name)?.spec.services ?? [])
        this.drop(nameOf({ metadata: holder }), name)
      const claim = this.store.get(name)
      if (claim === undefined) this.indexed.delete(name)
      else this.indexed.set(name, claim)
      for (const holder of claim?.spec.services ?? []) this.add(nameOf({ metadata: holder }), name)
    }
  }

  private add(service: string, claim: string): void {
    const claims = this.byService.get(service) ?? new Set()
    this.byService.set(service, claims.add(claim))
  }

  private drop(service: string, claim: string): void {
    const claims = this.byService.get(service)
    claims?.delete(claim)
    if (claims?.size === 0) this.byService.delete(service)
  }
}
