/*
 * Makes one Service true: its addresses are granted by claims, then its status is written, then claims it needs no
 * more are let go. In this order, an end at any moment leaves an address granted and not used, never the reverse.
 */
import { seconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Address } from '#core/model/address.ts'
import { statusAddresses } from '#core/allocator/status.ts'
import type { Assignment } from '#core/model/decisions.ts'
import { nameOf } from '#core/model/objects.ts'
import type { Clock, Counter, Logger } from '#core/ports.ts'

import { timestamp } from '../../timestamp.ts'
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
  type ClaimIndex,
} from './claims.ts'
import type { EventText } from './events.ts'
import { eventsFor } from './events.ts'
import { clearingPatch, patchFor, type ServicePatch } from './service-patch.ts'
import type { WorkResult } from './work-queue.ts'

export interface WriterDeps {
  readonly client: ApiClient
  readonly services: ObjectStore<ClusterService>
  readonly claims: ClaimIndex
  /** Of this process, in the claims it writes. */
  readonly identity: string
  readonly clock: Clock
  readonly log: Logger
  readonly failures: Counter
  readonly decisions: Decisions
  readonly event: (service: ClusterService, event: EventText) => void
  /** False: nothing may be written any more. */
  readonly mayWrite: () => boolean
}

/** What the decisions say, and what they are told. */
export interface Decisions {
  of(service: string): Assignment | undefined
  /** What was decided for it is not to be granted yet; it is told of again when it is. */
  waits(service: string): boolean
  holdersOf(address: Address): ReadonlySet<string>
  /** The address is granted to others: who was to have it here must have another. */
  yield(service: ClusterService, claim: AddressClaim): void
}

/**
 * A claim that another process wrote may be one that it is about to use: only after this long without a status that
 * lists the address is it let go. No request takes so long.
 */
const benefitOfDoubt: Duration = seconds(30)
/** After this long, a grant is looked at again before the status is written. */
const graceOfGrant: Duration = seconds(10)

export class ServiceWriter {
  private readonly deps: WriterDeps
  /** Claims of other writers that look unused, and since when. */
  private readonly unused = new Map<
    string,
    { readonly version: string | undefined; readonly since: Instant }
  >()
  private lastFailure = ''

  constructor(deps: WriterDeps) {
    this.deps = deps
  }

  /** `namespace/name`. */
  async settle(name: string): Promise<WorkResult> {
    if (!this.deps.mayWrite() || this.deps.decisions.waits(name)) return 'done'
    try {
      return await this.makeTrue(name)
    } catch (error) {
      if (isConflict(error)) return await this.refresh(name)
      if (isStatus(error, 404)) return 'done'
      this.fail(name, error)
      return 'failed'
    }
  }

  private async makeTrue(name: string): Promise<WorkResult> {
    const { services, decisions } = this.deps
    const service = services.get(name)
    if (service === undefined) return await this.release(name, undefined, [])
    const assignment = decisions.of(name)
    if (assignment === undefined) return await this.clear(name, service)
    // Without pools nobody can tell a foreign address from one of ours.
    if (assignment.reason === 'NoPools' && assignment.addresses.length > 0) return 'done'
    const began = this.deps.clock.now()
    for (const address of assignment.addresses) {
      if (!(await this.grant(service, assignment, address))) return 'again'
    }
    if (
      services.get(name) !== service ||
      decisions.of(name)?.addresses.join() !== assignment.addresses.join()
    )
      return 'again'
    if (since(began, this.deps.clock.now()) > graceOfGrant || !this.deps.mayWrite()) return 'again'
    const patch = patchFor(service, assignment, timestamp(new Date()))
    const wrote = patch !== undefined
    if (wrote) {
      await this.write(service, patch)
      for (const event of eventsFor(service, assignment)) this.deps.event(service, event)
    }
    return await this.release(name, service, assignment.addresses, wrote)
  }

  private async clear(name: string, service: ClusterService): Promise<WorkResult> {
    const claims = this.deps.claims.heldBy(name).filter((claim) => isHeldBy(claim, service))
    const patch = clearingPatch(service, new Set(claims.map(({ spec }) => spec.address)))
    if (patch !== undefined) await this.write(service, patch)
    return await this.release(name, service, [], true)
  }

  private async write(service: ClusterService, patch: ServicePatch): Promise<void> {
    const { namespace = 'default', name } = service.metadata
    const place = { namespace, name, subresource: 'status' }
    const written = await this.deps.client.patch(resources.services, place, patch)
    this.deps.services.put(projectService(written))
  }

  /** True when the address is the Service's; false when the decision has to be made again. */
  private async grant(service: ClusterService, { pool }: Assignment, address: Address): Promise<boolean> {
    const { claims, client, identity } = this.deps
    const spec = { ...(pool !== undefined && { pool }), writer: identity }
    const claim = claims.of(address)
    if (claim === undefined) {
      const created = await client
        .create(resources.addressClaims, newClaim(address, { ...spec, services: [holderOf(service)] }))
        .catch((error: unknown) => (isConflict(error) ? undefined : Promise.reject(error as Error)))
      if (created === undefined) return await this.reread(address)
      claims.note(projectClaim(created))
      return true
    }
    if (isHeldBy(claim, service)) {
      // What another process has granted is taken over before it is used: then that process cannot let it go.
      const settled = claim.spec.writer === identity || statusAddresses(service).includes(address)
      return settled || (await this.rewrite(claim, spec))
    }
    const rest = claim.spec.services.filter((holder) => this.exists(holder))
    const agreed = rest.every((holder) =>
      this.deps.decisions.holdersOf(address).has(nameOf({ metadata: holder })),
    )
    if (!agreed) {
      this.deps.decisions.yield(service, claim)
      return false
    }
    return await this.rewrite(claim, { ...spec, services: [...rest, holderOf(service)] })
  }

  private exists(holder: {
    readonly namespace: string
    readonly name: string
    readonly uid: string
  }): boolean {
    return this.deps.services.get(nameOf({ metadata: holder }))?.metadata.uid === holder.uid
  }

  private async rewrite(claim: AddressClaim, change: Partial<AddressClaim['spec']>): Promise<boolean> {
    const { client, claims } = this.deps
    try {
      claims.note(projectClaim(await client.replace(resources.addressClaims, withSpec(claim, change))))
      return true
    } catch (error) {
      if (isConflict(error) || isStatus(error, 404)) return await this.reread(claim.spec.address)
      throw error
    }
  }

  /** Somebody else was faster: what the claim says now. */
  private async reread(address: Address): Promise<false> {
    const { client, claims } = this.deps
    const name = addressWords(address)
    try {
      claims.note(projectClaim(await client.get(resources.addressClaims, { name })))
    } catch (error) {
      if (!isStatus(error, 404)) throw error
      claims.gone(name)
    }
    return false
  }

  /** Lets go what the Service holds beside `kept`. `fenced`: its status has just been written without them. */
  private async release(
    name: string,
    service: ClusterService | undefined,
    kept: readonly Address[],
    fenced = false,
  ): Promise<WorkResult> {
    let wait: Duration | undefined
    for (const claim of this.deps.claims.heldBy(name)) {
      const current = service !== undefined && isHeldBy(claim, service)
      if (current && kept.includes(claim.spec.address)) continue
      const doubt = current && !fenced ? this.doubt(claim) : undefined
      if (doubt !== undefined) wait = doubt
      else await this.letGo(claim, name, service, kept)
    }
    return wait ?? 'done'
  }

  /** How long to wait yet; undefined: not any more. */
  private doubt({ metadata, spec }: AddressClaim): Duration | undefined {
    const { identity, clock } = this.deps
    if (spec.writer === identity) return undefined
    const seen = this.unused.get(metadata.name)
    if (seen === undefined || seen.version !== metadata.resourceVersion) {
      this.unused.set(metadata.name, { version: metadata.resourceVersion, since: clock.now() })
      return benefitOfDoubt
    }
    const left = (benefitOfDoubt - since(seen.since, clock.now())) as Duration
    if (left > 0) return left
    this.unused.delete(metadata.name)
    return undefined
  }

  private async letGo(
    claim: AddressClaim,
    name: string,
    service: ClusterService | undefined,
    kept: readonly Address[],
  ): Promise<void> {
    const { client, claims } = this.deps
    const stays = service !== undefined && kept.includes(claim.spec.address)
    const rest = claim.spec.services.filter((holder) => {
      if (nameOf({ metadata: holder }) !== name) return this.exists(holder)
      return stays && sameHolder(holder, holderOf(service))
    })
    if (rest.length > 0) {
      await this.rewrite(claim, { services: rest, writer: this.deps.identity })
      return
    }
    const { uid, resourceVersion } = claim.metadata
    const copy = {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    }
    try {
      await client.delete(resources.addressClaims, { name: claim.metadata.name }, copy)
    } catch (error) {
      if (isConflict(error)) await this.reread(claim.spec.address)
      else if (!isStatus(error, 404)) throw error
    }
    if (claims.of(claim.spec.address)?.metadata.resourceVersion === resourceVersion)
      claims.gone(claim.metadata.name)
  }

  /** The watch may be behind: what the Service is now decides. */
  private async refresh(name: string): Promise<WorkResult> {
    const { client, services } = this.deps
    const slash = name.indexOf('/')
    const place = { namespace: name.slice(0, slash), name: name.slice(slash + 1) }
    try {
      services.put(projectService(await client.get(resources.services, place)))
      return 'again'
    } catch (error) {
      if (isStatus(error, 404)) services.remove(name)
      return isStatus(error, 404) ? 'again' : 'failed'
    }
  }

  /** The same failure of many Services is one line. */
  private fail(name: string, error: unknown): void {
    this.deps.failures.add({})
    const cause = error instanceof Error ? error.message : String(error)
    const kind = cause.replace(/namespaces\/\S+/, '')
    if (kind !== this.lastFailure)
      this.deps.log.warn('not written, will be tried again', { service: name, cause })
    this.lastFailure = kind
  }
}
