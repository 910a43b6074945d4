/* What the controller knows of the cluster: a store for each kind it reads, kept up to date by a watch each. */
import type { Problem } from '#core/model/decisions.ts'
import type { ConfigObject, NamespaceObject } from '#core/model/objects.ts'
import type { Clock, Logger, Random } from '#core/ports.ts'

import { projectProbe, type AddressProbe } from '../api/address-probe.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import { ObjectStore, type Stored } from '../api/object-store.ts'
import {
  metaOf,
  projectConfig,
  projectNamespace,
  projectService,
  type ClusterService,
  type ConfigReading,
} from '../api/projections.ts'
import { Reflector } from '../api/reflector.ts'
import { apiVersionOf, configResources, resources, type Resource } from '../api/resources.ts'
import { ClaimIndex, projectClaim, type AddressClaim } from './claims.ts'
import type { EventSubject } from './event-recorder.ts'

/** What has to be known before an address is asked about. */
const probing: readonly Resource[] = [
  resources.addressProbes,
  resources.l2Advertisements,
  resources.advertisements,
]

export interface ViewDeps {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Where our own kinds are. */
  readonly namespace: string
  /** Whether AddressProbes are read. */
  readonly probes?: boolean
}

/** The ConfigurationState of this controller, as it was last seen. */
export interface StateObject extends Stored {
  readonly status?: unknown
}

export class ClusterView {
  readonly services = new ObjectStore<ClusterService>()
  readonly namespaces = new ObjectStore<NamespaceObject>()
  readonly claimStore = new ObjectStore<AddressClaim>()
  readonly states = new ObjectStore<StateObject>()
  readonly probes = new ObjectStore<AddressProbe>()
  readonly config: ReadonlyMap<string, ObjectStore<ConfigReading>>
  readonly claims: ClaimIndex
  private readonly deps: ViewDeps
  private readonly reflectors: {
    readonly start: () => void
    readonly stop: () => Promise<void>
    readonly problem: () => string | undefined
    readonly resource: Resource
    readonly store: { readonly synced: boolean }
  }[] = []
  private listener: () => void = () => {}

  constructor(deps: ViewDeps) {
    this.deps = deps
    const { namespace } = deps
    this.claims = new ClaimIndex(this.claimStore)
    this.follow(resources.services, this.services, projectService)
    this.follow(resources.namespaces, this.namespaces, projectNamespace)
    this.follow(resources.addressClaims, this.claimStore, projectClaim)
    this.follow(resources.configurationStates, this.states, projectState, {
      namespace,
      fieldSelector: 'metadata.name=controller',
    })
    if (deps.probes === true) this.follow(resources.addressProbes, this.probes, projectProbe)
    const project = projectConfig(namespace)
    this.config = new Map(
      configResources.map((resource) => {
        const store = new ObjectStore<ConfigReading>()
        this.follow(resource, store, project, { namespace })
        return [resource.kind, store] as const
      }),
    )
  }

  start(): void {
    for (const reflector of this.reflectors) reflector.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.stop()))
  }

  /** Everything that decides an address is known. A kind that only tells of problems is not waited for. */
  synced(): boolean {
    const pools = this.config.get('IPAddressPool')
    const decisive = [this.services, this.namespaces, this.claimStore, pools]
    return decisive.every((store) => store?.synced === true) && this.knowsWhatIsAsked()
  }

  /** Called when it is found out why something is not kept up to date, or that it is again. */
  onTrouble(listener: () => void): void {
    this.listener = listener
  }

  /** What is in quarantine and what L2 tells of, where that is asked for; a kind that cannot be read is not waited for. */
  private knowsWhatIsAsked(): boolean {
    if (this.deps.probes !== true) return true
    return this.reflectors
      .filter(({ resource }) => probing.includes(resource))
      .every(({ store, problem }) => store.synced || problem() !== undefined)
  }

  /** Why something is not kept up to date. */
  troubles(): readonly string[] {
    return this.reflectors.flatMap((reflector) => reflector.problem() ?? [])
  }

  configObjects(): readonly ConfigObject[] {
    return this.readings().flatMap(({ object }) => object ?? [])
  }

  /** What an event about `Kind namespace/name` needs to know of it, sound or faulty. */
  configObject(object: string): EventSubject | undefined {
    const space = object.indexOf(' ')
    const resource = configResources.find(({ kind }) => kind === object.slice(0, space))
    const reading = resource && this.config.get(resource.kind)?.get(object.slice(space + 1))
    return reading && { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: reading.metadata }
  }

  /** Faults of single objects. */
  readingProblems(): readonly Problem[] {
    return this.readings().flatMap(({ problems }) => problems)
  }

  /** Sound or faulty. */
  readings(): ConfigReading[] {
    return [...this.config.values()].flatMap((store) => [...store.values()])
  }

  private follow<Item extends Stored>(
    resource: Resource,
    store: ObjectStore<Item>,
    project: (raw: RawObject) => Item,
    selection = {},
  ): void {
    const { client, clock, random, log } = this.deps
    const onProblem = (): void => this.listener()
    const deps = { client, resource, store, project, selection, clock, random, log, onProblem }
    const reflector = new Reflector(deps)
    this.reflectors.push({
      start: () => reflector.start(),
      stop: () => reflector.stop(),
      problem: () => reflector.problem(),
      resource,
      store,
    })
  }
}

function projectState(raw: RawObject): StateObject {
  return { metadata: metaOf(raw, () => false), status: raw['status'] }
}
