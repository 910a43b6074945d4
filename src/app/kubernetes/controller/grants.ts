/*
 * The claims of Services as this process writes them. What another process has written is never taken for garbage
 * because a watch is behind: whether a holder is gone, the API server says.
 */
import { statusAddresses } from '#core/allocator/status.ts'
import type { Address } from '#core/model/address.ts'
import type { Assignment } from '#core/model/decisions.ts'
import { seconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import { nameOf } from '#core/model/objects.ts'
import type { Clock } from '#core/ports.ts'

import type { ApiClient } from '../api/client.ts'
import { isConflict, isStatus } from '../api/errors.ts'
import type { ObjectStore } from '../api/object-store.ts'
import { projectService, type ClusterService } from '../api/projections.ts'
import { resources } from '../api/resources.ts'
import { addressWords } from './claim-name.ts'
import {
  holderOf,
  isHeldBy,
  newClaim,
  projectClaim,
  sameHolder,
  withSpec,
  type AddressClaim,
  type ClaimHolder,
  type ClaimIndex,
} from './claims.ts'

export interface GrantsDeps {
  readonly client: ApiClient
  readonly services: ObjectStore<ClusterService>
  readonly claims: ClaimIndex
  /** Of this process, in the claims it writes. */
  readonly identity: string
  readonly clock: Clock
  /** Who is to have the address, as far as is decided here. */
  readonly holdersOf: (address: Address) => ReadonlySet<string>
}

/**
 * `granted`: the address is the Service's. `changed`: the claim is another than was thought. An `AddressClaim`: it is
 * granted to others, who were not to have it here.
 */
export type GrantResult = 'granted' | 'changed' | AddressClaim

/** After this long, a grant is confirmed before the address is written into a status. */
export const graceOfGrant: Duration = seconds(10)

export class Grants {
  private readonly deps: GrantsDeps
  /** Claims that this process has written and that no status shows yet. */
  private readonly fresh = new Map<string, { readonly version: string | undefined; readonly at: Instant }>()

  constructor(deps: GrantsDeps) {
    this.deps = deps
  }

  async grant(service: ClusterService, { pool }: Assignment, address: Address): Promise<GrantResult> {
    const { claims, identity, holdersOf } = this.deps
    const spec = { ...(pool !== undefined && { pool }), writer: identity }
    const claim = claims.of(address)
    if (claim === undefined) return await this.create(address, { ...spec, services: [holderOf(service)] })
    if (isHeldBy(claim, service)) {
      // What another process has granted, or this one a while ago, is taken over before it is used: then nobody can
      // have let it go meanwhile.
      const settled = statusAddresses(service).includes(address) || this.isFresh(claim)
      return settled ? 'granted' : await this.rewrite(claim, spec)
    }
    const rest = await this.living(claim)
    const agreed = rest.every((holder) => holdersOf(address).has(nameOf({ metadata: holder })))
    return agreed ? await this.rewrite(claim, { ...spec, services: [...rest, holderOf(service)] }) : claim
  }

  /** Whether claims say that the Service has all that its status lists; those that do not are read again. */
  async isGranted(service: ClusterService): Promise<boolean> {
    const { claims } = this.deps
    const isClaimed = (address: Address): boolean => claims.isHeld(address, service)
    const listed = statusAddresses(service)
    for (const address of listed) if (!isClaimed(address)) await this.reread(address)
    return listed.every(isClaimed)
  }

  /** A status shows what was granted to the Service. */
  used(addresses: readonly Address[]): void {
    for (const address of addresses) this.fresh.delete(addressWords(address))
  }

  /** `without`: its claim to the address ends, whether it lives or not. False: the claim has changed meanwhile. */
  async letGo(claim: AddressClaim, without: ClusterService | undefined): Promise<boolean> {
    const { client, claims, identity } = this.deps
    const { name, uid, resourceVersion } = claim.metadata
    const rest = await this.living(claim, without && holderOf(without))
    if (rest.length === claim.spec.services.length) return false
    if (rest.length > 0)
      return (await this.rewrite(claim, { services: rest, writer: identity })) === 'granted'
    const copy = {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    }
    try {
      await client.delete(resources.addressClaims, { name }, copy)
    } catch (error) {
      if (isConflict(error)) {
        await this.reread(claim.spec.address)
        return false
      }
      if (!isStatus(error, 404)) throw error
    }
    if (claims.of(claim.spec.address)?.metadata.resourceVersion === resourceVersion) claims.gone(name)
    return true
  }

  private async create(address: Address, spec: Omit<AddressClaim['spec'], 'address'>): Promise<GrantResult> {
    try {
      const created = await this.deps.client.create(resources.addressClaims, newClaim(address, spec))
      return this.wrote(projectClaim(created))
    } catch (error) {
      if (isConflict(error)) return await this.reread(address)
      throw error
    }
  }

  private async rewrite(claim: AddressClaim, change: Partial<AddressClaim['spec']>): Promise<GrantResult> {
    try {
      const written = await this.deps.client.replace(resources.addressClaims, withSpec(claim, change))
      return this.wrote(projectClaim(written))
    } catch (error) {
      if (isConflict(error) || isStatus(error, 404)) return await this.reread(claim.spec.address)
      throw error
    }
  }

  private wrote(claim: AddressClaim): 'granted' {
    const { name, resourceVersion: version } = claim.metadata
    this.fresh.set(name, { version, at: this.deps.clock.now() })
    this.deps.claims.note(claim)
    return 'granted'
  }

  private isFresh({ metadata: { name, resourceVersion } }: AddressClaim): boolean {
    const written = this.fresh.get(name)
    if (written === undefined || written.version !== resourceVersion) return false
    return since(written.at, this.deps.clock.now()) < graceOfGrant
  }

  /** Somebody else was faster: what the claim says now. */
  private async reread(address: Address): Promise<'changed'> {
    const { client, claims } = this.deps
    const name = addressWords(address)
    try {
      claims.note(projectClaim(await client.get(resources.addressClaims, { name })))
    } catch (error) {
      if (!isStatus(error, 404)) throw error
      claims.gone(name)
    }
    return 'changed'
  }

  /** Those who share the claim and exist. */
  private async living(claim: AddressClaim, without?: ClaimHolder): Promise<readonly ClaimHolder[]> {
    const living: ClaimHolder[] = []
    for (const holder of claim.spec.services) {
      if (without !== undefined && sameHolder(holder, without)) continue
      if (await this.exists(holder, claim)) living.push(holder)
    }
    return living
  }

  /** To whom this process has granted something, it knows; another may know Services that the watch here has yet to show. */
  private async exists({ namespace, name, uid }: ClaimHolder, { spec }: AddressClaim): Promise<boolean> {
    const { client, services, identity } = this.deps
    const known = services.get(nameOf({ metadata: { namespace, name } }))
    if (known?.metadata.uid === uid) return true
    if (spec.writer === identity) return false
    try {
      const found = projectService(await client.get(resources.services, { namespace, name }))
      services.put(found)
      return found.metadata.uid === uid
    } catch (error) {
      if (isStatus(error, 404)) return false
      throw error
    }
  }
}
