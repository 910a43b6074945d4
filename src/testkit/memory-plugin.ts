/* The smallest honest announcer: its network is a set of addresses. An example to copy, and the kit's own subject. */
import {
  definePlugin,
  type Announcer,
  type AnnouncerHost,
  type AnnouncerStatus,
  type DesiredState,
  type Grant,
  type LoadedPlugin,
  type Target,
  type TargetStatus,
} from '../core/announcer.ts'
import { ConfigError } from '../core/errors.ts'
import type { Address } from '../core/model/address.ts'

/** What the rest of the world would know. A grant that the fence no longer permits is not heard. */
export class MemoryNetwork {
  private readonly announced = new Map<Address, () => boolean>()
  private readonly watchers = new Set<() => void>()
  private isUp = true

  get up(): boolean {
    return this.isUp
  }

  set up(up: boolean) {
    this.isUp = up
    for (const watcher of this.watchers) watcher()
  }

  /** Calls back whenever the network goes down or comes up; returns the function that stops it. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  announce(address: Address, permitted: () => boolean): void {
    this.announced.set(address, permitted)
  }

  withdraw(address: Address): void {
    this.announced.delete(address)
  }

  heard(): ReadonlySet<Address> {
    const permitted = [...this.announced].filter(([, permits]) => permits())
    return new Set(this.isUp ? permitted.map(([address]) => address) : [])
  }
}

export function memoryPlugin(network: MemoryNetwork): LoadedPlugin {
  return definePlugin({
    api: 1,
    name: 'memory',
    placement: 'one-node',
    fencing: 'frame',
    resources: [],
    optionsSchema: { type: 'object', properties: {}, additionalProperties: false },
    unsupported: [],
    parseConfig(input) {
      if (
        input === undefined ||
        (typeof input === 'object' && input !== null && Object.keys(input).length === 0)
      )
        return {}
      throw new ConfigError({
        path: 'plugins.memory',
        found: JSON.stringify(input),
        allowed: 'an empty object',
      })
    },
    create: (_config, host) => new MemoryAnnouncer(network, host),
  })
}

class MemoryAnnouncer implements Announcer {
  private readonly network: MemoryNetwork
  private readonly host: AnnouncerHost
  private announced = new Set<Address>()
  private unwatch: () => void = () => {}

  constructor(network: MemoryNetwork, host: AnnouncerHost) {
    this.network = network
    this.host = host
  }

  async open(): Promise<void> {
    for (const left of this.network.heard()) this.network.withdraw(left)
    this.unwatch = this.network.watch(() => this.host.report({ kind: 'wake', reason: 'the network changed' }))
  }

  async reconcile({ generation, targets }: DesiredState): Promise<AnnouncerStatus> {
    const serving = targets.filter(({ stage }) => stage === 'serve')
    const wanted = new Set(serving.map(({ address }) => address))
    for (const address of this.announced) if (!wanted.has(address)) this.network.withdraw(address)
    for (const { address, grant } of serving) this.network.announce(address, () => this.permits(grant))
    this.announced = wanted
    return { generation, targets: targets.map((target) => this.statusOf(target)) }
  }

  async close(): Promise<void> {
    this.unwatch()
    this.announced = new Set()
  }

  private statusOf({ address, stage }: Target): TargetStatus {
    if (stage !== 'serve') return { address, phase: stage === 'arm' ? 'armed' : 'silent' }
    if (this.network.up) return { address, phase: 'serving' }
    return { address, phase: 'pending', reason: 'NetworkDown', message: 'the network is down' }
  }

  private permits(grant: Grant | undefined): boolean {
    return grant === undefined || this.host.fence.permits(grant)
  }
}
