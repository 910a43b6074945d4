/*
 * What the speakers of a cluster say that they announce, from their ServiceL2Status and ServiceBGPStatus objects. It is
 * read from when somebody first looks: a process whose page nobody opens costs the API server nothing.
 */
import type { Config } from '#core/model/config.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'
import type { ObjectMeta } from '#core/model/objects.ts'
import type { Clock, Logger, Random } from '#core/ports.ts'

import type { Elsewhere, ForeignAnnouncement } from '../../status-page/source.ts'
import { announcementIn } from '../api/announcement.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import { ObjectStore } from '../api/object-store.ts'
import { metaOf } from '../api/projections.ts'
import { Reflector } from '../api/reflector.ts'
import { resources, type Resource } from '../api/resources.ts'

export interface AnnouncedDeps {
  readonly client: ApiClient
  /** Where the objects are. */
  readonly namespace: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** The node that the process itself tells of better than its objects. */
  readonly except?: string
}

interface Told {
  readonly metadata: ObjectMeta
  readonly announcement?: ForeignAnnouncement
}

/** Whoever looks first waits this long for the lists, and then sees what there is. */
const patience: Duration = milliseconds(2000)

export class Announced {
  private readonly deps: AnnouncedDeps
  private readonly stores: readonly ObjectStore<Told>[]
  private readonly reflectors: readonly Reflector<Told>[]
  private readonly listeners = new Set<() => void>()
  private begun: Promise<void> | undefined
  private known: Elsewhere | undefined

  constructor(deps: AnnouncedDeps) {
    this.deps = deps
    const kinds = [
      [resources.serviceL2Statuses, 'l2'],
      [resources.serviceBGPStatuses, 'bgp'],
    ] as const
    this.stores = kinds.map(() => new ObjectStore<Told>())
    this.reflectors = kinds.map(([resource, announcer], index) =>
      this.reflector(resource, announcer, this.stores[index] as ObjectStore<Told>),
    )
  }

  /**
   * The same value while nothing has changed. `advertised`: the announcers that advertisements name; of some of them
   * no object tells.
   */
  async elsewhere(advertised: readonly AnnouncerInfo[]): Promise<Elsewhere> {
    await (this.begun ??= this.begin())
    const incomplete = !this.complete || advertised.some(leavesNoWord)
    if (this.known?.incomplete !== incomplete)
      this.known = { announcements: this.known?.announcements ?? this.read(), incomplete }
    return this.known
  }

  /** Called after each change of what there is; returns the unsubscribe function. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async stop(): Promise<void> {
    if (this.begun !== undefined) await Promise.all(this.reflectors.map((reflector) => reflector.stop()))
  }

  private get complete(): boolean {
    return this.stores.every(({ synced }) => synced)
  }

  private read(): readonly ForeignAnnouncement[] {
    return this.stores
      .flatMap((store) => [...store.values()])
      .flatMap(({ announcement }) => announcement ?? [])
      .filter(({ node }) => node !== this.deps.except)
  }

  private begin(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.deps.clock.after(patience, resolve)
      for (const store of this.stores) {
        store.onChange(() => {
          this.known = undefined
          for (const listener of this.listeners) listener()
          if (!this.complete) return
          cancel()
          resolve()
        })
      }
      for (const reflector of this.reflectors) reflector.start()
    })
  }

  private reflector(resource: Resource, announcer: string, store: ObjectStore<Told>): Reflector<Told> {
    const { client, namespace, clock, random, log } = this.deps
    const project = (raw: RawObject): Told => toldBy(raw, announcer)
    return new Reflector({
      client,
      resource,
      selection: { namespace },
      project,
      store,
      clock,
      random,
      log,
    })
  }
}

/** Those of them that advertisements of the configuration name. */
export function advertisedAmong(
  announcers: readonly AnnouncerInfo[],
  config: Pick<Config, 'advertisements'> | undefined,
): readonly AnnouncerInfo[] {
  const used = new Set(config?.advertisements.map(({ announcer }) => announcer))
  return announcers.filter(({ name }) => used.has(name))
}

/** An announcer of which no object tells: the kinds are for L2 and BGP. */
function leavesNoWord({ name, resources }: AnnouncerInfo): boolean {
  return name !== 'l2' && !resources.includes('BGPPeer')
}

/** One that is made, and not written yet, says nothing. */
function toldBy(raw: RawObject, announcer: string): Told {
  const { node, service, ...rest } = announcementIn(raw)
  const metadata = metaOf(raw, () => false)
  if (node === undefined || service === undefined) return { metadata }
  return { metadata, announcement: { node, announcer, service, ...rest } }
}
