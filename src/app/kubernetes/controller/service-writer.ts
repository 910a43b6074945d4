/*
 * Makes one Service true: its addresses are granted by claims, then its status is written, then claims it needs no
 * more are let go. In this order, an end at any moment leaves an address granted and not used, never the reverse.
 */
import { messageOf } from '#core/errors.ts'
import { milliseconds, seconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Address } from '#core/model/address.ts'
import type { Assignment } from '#core/model/decisions.ts'
import { nameOf, placeOf } from '#core/model/objects.ts'
import type { Clock, Counter, Logger } from '#core/ports.ts'

import { timestamp } from '../../timestamp.ts'
import type { ApiClient } from '../api/client.ts'
import { isConflict, isStatus } from '../api/errors.ts'
import type { ObjectStore } from '../api/object-store.ts'
import { projectService, type ClusterService } from '../api/projections.ts'
import { resources } from '../api/resources.ts'
import { isHeldBy, type AddressClaim, type ClaimIndex } from './claims.ts'
import type { EventText } from './events.ts'
import { eventsFor } from './events.ts'
import { circleOf, inTheWayOf } from './exchange.ts'
import { graceOfGrant, Grants } from './grants.ts'
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
  /** Its status lists what was not decided here. */
  isForeign(service: ClusterService): boolean
  /** It keeps what its status lists, if it may. */
  adopt(service: ClusterService): void
  /** The address is granted to others: who was to have it here must have another. */
  yield(service: ClusterService, claim: AddressClaim): void
}

/**
 * A claim that another process wrote may be one that it is about to use: only after this long without a status that
 * lists the address is it let go. No request takes so long.
 */
const benefitOfDoubt: Duration = seconds(30)
/** A claim that stands in the way is looked at again when it changes, and after this long. */
const nextLook: Duration = milliseconds(500)

export class ServiceWriter {
  private readonly deps: WriterDeps
  private readonly grants: Grants
  /** Claims of other writers that look unused, and since when. */
  private readonly unused = new Map<
    string,
    { readonly version: string | undefined; readonly since: Instant }
  >()
  private lastFailure = ''

  constructor(deps: WriterDeps) {
    this.deps = deps
    const holdersOf = (address: Address): ReadonlySet<string> => deps.decisions.holdersOf(address)
    this.grants = new Grants({ ...deps, holdersOf })
  }

  /** `namespace/name`. */
  async settle(name: string): Promise<WorkResult> {
    if (!this.deps.mayWrite() || this.deps.decisions.waits(name)) return 'done'
    const tried = this.deps.services.get(name)
    try {
      return await this.makeTrue(name)
    } catch (error) {
      const moved = isConflict(error) || isStatus(error, 404)
      const result = moved ? await this.refresh(name, tried) : 'failed'
      if (result === 'failed') this.fail(name, error)
      return result
    }
  }

  private async makeTrue(name: string): Promise<WorkResult> {
    const { services, decisions } = this.deps
    const service = services.get(name)
    if (service === undefined) return await this.release(name, undefined, [])
    const assignment = decisions.of(name)
    if (assignment === undefined) return await this.clear(name, service, [])
    // Without pools nobody can tell a foreign address from one of ours.
    if (assignment.reason === 'NoPools' && assignment.addresses.length > 0) return 'done'
    if (decisions.isForeign(service) && (await this.grants.isGranted(service))) {
      decisions.adopt(service)
      return 'again'
    }
    return await this.address(service, assignment)
  }

  private async address(service: ClusterService, assignment: Assignment): Promise<WorkResult> {
    const { services, claims, decisions } = this.deps
    const name = nameOf(service)
    const began = this.deps.clock.now()
    for (const address of assignment.addresses) {
      const result = await this.grants.grant(service, assignment, address)
      if (result === 'changed') return 'again'
      if (result !== 'granted') return await this.giveWay(service, result)
    }
    const decided = decisions.of(name)?.addresses.join()
    if (services.get(name) !== service || decided !== assignment.addresses.join()) return 'again'
    if (since(began, this.deps.clock.now()) > graceOfGrant || !this.deps.mayWrite()) return 'again'
    const patch = patchFor(service, assignment, timestamp(new Date()))
    const held = claims.heldBy(name)
    if (patch !== undefined) {
      await this.write(service, patch)
      for (const event of eventsFor(service, assignment)) this.deps.event(service, event)
    }
    this.grants.used(assignment.addresses)
    return await this.release(name, service, assignment.addresses, patch && held)
  }

  /**
   * Another address, once it is known who has this one. A claim whose holder has another address stands in the way until
   * it is let go: whatever is decided before may come back to it. Of those that stand in each other's way, as they are to
   * exchange addresses, the first by name does without until it gets another one's.
   */
  private async giveWay(service: ClusterService, claim: AddressClaim): Promise<WorkResult> {
    const { claims, decisions } = this.deps
    const name = nameOf(service)
    decisions.yield(service, claim)
    const having = decisions.holdersOf(claim.spec.address)
    const isLearnt = claim.spec.services.some((holder) => having.has(nameOf({ metadata: holder })))
    if (isLearnt && !having.has(name)) return 'again'
    const circle = circleOf(name, (one) => inTheWayOf(one, claims, decisions))
    if (circle?.every((other) => name <= other))
      await this.clear(name, service, decisions.of(name)?.addresses ?? [])
    return nextLook
  }

  /** Its status lists nothing any more, and it holds nothing beside `kept`. */
  private async clear(name: string, service: ClusterService, kept: readonly Address[]): Promise<WorkResult> {
    const claims = this.deps.claims.heldBy(name)
    const ours = claims.filter((claim) => isHeldBy(claim, service))
    const patch = clearingPatch(service, new Set(ours.map(({ spec }) => spec.address)))
    if (patch !== undefined) await this.write(service, patch)
    return await this.release(name, service, kept, patch && claims)
  }

  private async write(service: ClusterService, patch: ServicePatch): Promise<void> {
    const { namespace = 'default', name } = service.metadata
    const place = { namespace, name, subresource: 'status' }
    const written = await this.deps.client.patch(resources.services, place, patch)
    this.deps.services.put(projectService(written))
  }

  /**
   * Lets go what the Service holds beside `kept`. `fenced`: what it held before its status was written without them;
   * whoever was about to use one of these finds the Service changed.
   */
  private async release(
    name: string,
    service: ClusterService | undefined,
    kept: readonly Address[],
    fenced: readonly AddressClaim[] = [],
  ): Promise<WorkResult> {
    let result: WorkResult = 'done'
    for (const claim of this.deps.claims.heldBy(name)) {
      const holder = service !== undefined && isHeldBy(claim, service) ? service : undefined
      if (holder !== undefined && kept.includes(claim.spec.address)) continue
      const doubt = holder !== undefined && !fenced.includes(claim) ? this.doubt(claim) : undefined
      if (doubt !== undefined) result = result === 'again' ? result : doubt
      else if (!(await this.grants.letGo(claim, holder))) result = 'again'
    }
    return result
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

  /** The watch may be behind: what the Service is now decides. It is tried again later when it is as it was `tried`. */
  private async refresh(name: string, tried: ClusterService | undefined): Promise<WorkResult> {
    const { client, services } = this.deps
    try {
      const found = projectService(await client.get(resources.services, placeOf(name)))
      services.put(found)
      return found.metadata.resourceVersion === tried?.metadata.resourceVersion ? 'failed' : 'again'
    } catch (error) {
      if (!isStatus(error, 404)) return 'failed'
      services.remove(name)
      return tried === undefined ? 'failed' : 'again'
    }
  }

  /** The same failure of many Services is one line. */
  private fail(name: string, error: unknown): void {
    this.deps.failures.add({})
    const cause = messageOf(error)
    const kind = cause.replace(/namespaces\/\S+/, '')
    if (kind !== this.lastFailure)
      this.deps.log.warn('not written, will be tried again', { service: name, cause })
    this.lastFailure = kind
  }
}
