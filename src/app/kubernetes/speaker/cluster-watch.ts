/*
 * What a speaker reads from the API server, as facts: Services of type LoadBalancer, EndpointSlices, Nodes, our own
 * kinds and the passwords they refer to. Whatever happens to the server, what was read last stays.
 */
import { createHmac, randomBytes } from 'node:crypto'

import type { Secret } from '#core/announcer.ts'
import type { FactChange } from '#core/incremental/fact-change.ts'
import type { Problem } from '#core/model/decisions.ts'
import type { Facts, Settings } from '#core/model/facts.ts'
import {
  refOf,
  type ConfigObject,
  type EndpointSliceObject,
  type NodeObject,
  type ServiceObject,
} from '#core/model/objects.ts'
import type { Clock, Logger, Random, Sha256 } from '#core/ports.ts'

import type { ApiClient } from '../api/client.ts'
import { keyOf, ObjectStore, type Stored } from '../api/object-store.ts'
import {
  projectAnnounced,
  projectConfig,
  projectEndpointSlice,
  projectNode,
  projectSecret,
  type ConfigReading,
  type SecretReading,
} from '../api/projections.ts'
import { configResources, resources } from '../api/resources.ts'
import { Readings } from './readings.ts'
import { SliceIndex } from './slice-index.ts'
import type { SnapshotContent } from './snapshot.ts'

export interface ClusterWatchDeps {
  readonly client: ApiClient
  readonly settings: Settings
  readonly sha256: Sha256
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** A headless Service has no address to announce. */
const announceable = 'kubernetes.io/service-name,!service.kubernetes.io/headless'

export class ClusterWatch {
  private readonly deps: ClusterWatchDeps
  private readonly services = new ObjectStore<ServiceObject>()
  private readonly slices = new ObjectStore<EndpointSliceObject>()
  private readonly nodes = new ObjectStore<NodeObject>()
  private readonly secrets = new ObjectStore<SecretReading>()
  private readonly config: readonly ObjectStore<ConfigReading>[]
  private readonly readings: Readings
  private readonly index = new SliceIndex()
  /** Objects of our own kinds in their newest usable form, by kind and name. */
  private readonly lastGood = new Map<string, ConfigObject>()
  private readonly listeners = new Set<() => void>()
  private readonly touched = {
    services: new Set<string>(),
    endpoints: new Set<string>(),
    nodes: new Set<string>(),
  }
  private configTouched = false
  private readonly digest: Sha256

  constructor(deps: ClusterWatchDeps) {
    this.deps = deps
    const key = randomBytes(32)
    this.digest = (text) => createHmac('sha256', key).update(text).digest('hex')
    const { namespace } = deps.settings
    this.config = configResources.map(() => new ObjectStore<ConfigReading>())
    this.readings = new Readings({ ...deps, onProblem: () => this.tell() })
    this.readings.add(resources.services, projectAnnounced, this.services, {
      fieldSelector: 'spec.type=LoadBalancer',
    })
    this.readings.add(resources.endpointSlices, projectEndpointSlice, this.slices, {
      labelSelector: announceable,
    })
    this.readings.add(resources.nodes, projectNode, this.nodes)
    this.readings.add(resources.secrets, projectSecret(namespace), this.secrets, {
      namespace,
      fieldSelector: 'type=kubernetes.io/basic-auth',
    })
    for (const [index, resource] of configResources.entries())
      this.readings.add(
        resource,
        projectConfig(namespace),
        this.config[index] as ObjectStore<ConfigReading>,
        {
          namespace,
        },
      )
    this.follow()
  }

  start(): void {
    this.readings.start()
  }

  stop(): Promise<void> {
    return this.readings.stop()
  }

  /** Enough is known to decide. */
  get synced(): boolean {
    return this.readings.synced
  }

  /** Why what is known is not kept up to date. */
  problems(): readonly string[] {
    return this.readings.problems()
  }

  /** What is decided without, and why. */
  lacking(): readonly string[] {
    return this.readings.lacking()
  }

  /** Called when `hasChanges`, or `problems` changes. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Everything as it is now; `changes` begins anew from here. */
  facts(dead: ReadonlySet<string>): Facts {
    this.forgetChanges()
    const endpointSlices = [...this.slices.values()].filter((slice) => this.isWanted(slice))
    return {
      ...this.rest(dead),
      services: [...this.services.values()],
      nodes: [...this.nodes.values()],
      endpointSlices,
    }
  }

  /** What has changed since it was asked last. */
  changes(): FactChange[] {
    const { services, endpoints, nodes } = this.touched
    const changes: FactChange[] = []
    if (this.configTouched) changes.push(this.configChange())
    for (const name of nodes) {
      const object = this.nodes.get(name)
      changes.push({ kind: 'node', name, ...(object && { object }) })
    }
    for (const name of services) {
      const object = this.services.get(name)
      changes.push({ kind: 'service', name, ...(object && { object }) })
    }
    // Of other Services the endpoints are kept, and not thought about.
    for (const service of new Set([...endpoints, ...services])) changes.push(this.endpointChange(service))
    this.forgetChanges()
    return changes
  }

  hasChanges(): boolean {
    return this.configTouched || Object.values(this.touched).some(({ size }) => size > 0)
  }

  nodeObjects(): readonly NodeObject[] {
    return [...this.nodes.values()]
  }

  node(name: string): NodeObject | undefined {
    return this.nodes.get(name)
  }

  /** By `namespace/name`. */
  service(name: string): ServiceObject | undefined {
    return this.services.get(name)
  }

  /** The bytes of a Secret of our own namespace. */
  secretBytes(ref: { readonly namespace: string; readonly name: string }): Secret | undefined {
    return this.secrets.get(`${ref.namespace}/${ref.name}`)?.bytes()
  }

  /** Faults of objects of our own kinds. */
  faults(): readonly Problem[] {
    return this.config.flatMap((store) => [...store.values()].flatMap(({ problems }) => problems))
  }

  /** Objects whose last good version is used because the new one is faulty, sorted. */
  stale(): readonly string[] {
    const refs = this.config.flatMap((store) =>
      [...store.values()].flatMap((reading) => this.staleRef(reading)),
    )
    return refs.sort()
  }

  /** For whoever has to start while the API server is away. */
  *content(): Generator<SnapshotContent> {
    for (const object of this.services.values()) yield { kind: 'service', object }
    for (const object of this.slices.values()) if (this.isWanted(object)) yield { kind: 'slice', object }
    for (const object of this.nodes.values()) yield { kind: 'node', object }
    for (const object of this.lastGood.values()) yield { kind: 'config', object }
    for (const { object, bytes } of this.secrets.values()) {
      const entries = Object.entries(bytes()).map(([key, value]) => [
        key,
        Buffer.from(value).toString('base64'),
      ])
      yield { kind: 'secret', object, data: Object.fromEntries(entries) as Record<string, string> }
    }
  }

  /** Takes over what an earlier process had read, until the server says otherwise. */
  restore(content: SnapshotContent): void {
    switch (content.kind) {
      case 'service':
        return this.services.put(unversioned(content.object))
      case 'slice':
        return this.slices.put(unversioned(content.object))
      case 'node':
        return this.nodes.put(unversioned(content.object))
      case 'config': {
        const object = unversioned(content.object)
        const index = configResources.findIndex(({ kind }) => kind === object.kind)
        return this.config[index]?.put({ metadata: object.metadata, object, problems: [] })
      }
      case 'secret': {
        const object = unversioned(content.object)
        const bytes = Object.entries(content.data).map(([key, text]) => [key, Buffer.from(text, 'base64')])
        const secret = Object.fromEntries(bytes) as Secret
        return this.secrets.put({ metadata: object.metadata, object, bytes: () => secret })
      }
    }
  }

  private follow(): void {
    const noting = (set: Set<string>) => (keys: ReadonlySet<string>) => {
      for (const key of keys) set.add(key)
      this.tell()
    }
    this.services.onChange(noting(this.touched.services))
    this.nodes.onChange(noting(this.touched.nodes))
    this.slices.onChange((keys) => {
      for (const key of keys) {
        for (const service of this.index.note(key, this.slices.get(key))) this.touched.endpoints.add(service)
      }
      this.tell()
    })
    for (const [index, store] of this.config.entries())
      store.onChange((keys) => this.configChanged(index, keys))
    this.secrets.onChange(() => this.configChanged(-1, new Set()))
  }

  private configChanged(index: number, keys: ReadonlySet<string>): void {
    const store = this.config[index]
    const kind = configResources[index]?.kind ?? ''
    for (const key of keys) {
      const reading = store?.get(key)
      if (reading?.object !== undefined) this.lastGood.set(`${kind} ${key}`, reading.object)
      else if (reading === undefined) this.lastGood.delete(`${kind} ${key}`)
    }
    this.configTouched = true
    this.tell()
  }

  private staleRef({ metadata, object, problems }: ConfigReading): string[] {
    if (object !== undefined || problems.length === 0) return []
    const good = [...this.lastGood.values()].find((known) => keyOf(known) === keyOf({ metadata }))
    return good === undefined ? [] : [refOf(good)]
  }

  private isWanted(slice: EndpointSliceObject): boolean {
    const name = slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''
    return this.services.get(`${slice.metadata.namespace ?? 'default'}/${name}`) !== undefined
  }

  private endpointChange(service: string): FactChange {
    if (this.services.get(service) === undefined) return { kind: 'endpoints', service }
    const slices = this.index.of(service).flatMap((key) => this.slices.get(key) ?? [])
    return { kind: 'endpoints', service, ...(slices.length > 0 && { slices }) }
  }

  private configChange(): FactChange {
    const { config: objects, secrets } = this.rest(new Set())
    return { kind: 'config', objects, ...(secrets && { secrets }) }
  }

  private rest(dead: ReadonlySet<string>): Omit<Facts, 'services' | 'nodes' | 'endpointSlices'> {
    const { settings, sha256 } = this.deps
    const secrets = [...this.secrets.values()].map(({ object }) => object)
    const config = [...this.lastGood.values()]
    return { settings, config, secrets, complete: true, dead, sha256, digest: this.digest }
  }

  private forgetChanges(): void {
    for (const set of Object.values(this.touched)) set.clear()
    this.configTouched = false
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }
}

/** Versions are the server's: whatever it says next is newer. */
function unversioned<Item extends Stored>(item: Item): Item {
  const { resourceVersion: _, ...metadata } = item.metadata
  return { ...item, metadata }
}
