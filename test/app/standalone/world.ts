/* Standalone processes in memory: real folder, real clock, announcers and membership that a test can see into. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { composeStandalone } from '#app/compose.ts'
import type { Liveness, NodeClaim } from '#app/membership/liveness.ts'
import type { StandaloneApp } from '#app/standalone/app.ts'
import type { StandaloneOptions } from '#app/standalone/options.ts'
import type { NodeView } from '#app/node/view/node-view.ts'
import { readViews } from '#app/node/view/view-file.ts'
import { LIVENESS, LOGGER, METRICS } from '#app/tokens.ts'
import type { LoadedPlugin } from '#core/announcer.ts'
import { fakeLogger, FakeMetrics, type LogLine } from '#core/fakes/fake-host.ts'
import type { Returns } from '#core/membership/state.ts'
import { profiles } from '#core/membership/timing.ts'
import type { Instant } from '#core/model/duration.ts'
import type { Member } from '#core/ports.ts'
import { MemoryNetwork, memoryPlugin } from '#testkit/memory-plugin.ts'

/** Says of the members what the test says. */
export class FakeLiveness implements Liveness {
  expected: readonly {
    readonly node: string
    readonly addresses: readonly string[]
  }[] = []
  readonly dead = new Set<string>()
  taking = true
  certain = true
  fault: string | undefined
  heardAt: Instant | undefined
  readonly calls: string[] = []
  private readonly self: string
  private readonly listeners = new Set<() => void>()

  constructor(self: string) {
    this.self = self
  }

  members(): readonly Member[] {
    const names = new Set([...this.expected.map(({ node }) => node), this.self])
    return [...names]
      .sort()
      .map((node) => ({ node, alive: !this.dead.has(node), detail: this.dead.has(node) ? 'dead' : 'heard' }))
  }

  expect(peers: FakeLiveness['expected']): void {
    this.expected = peers
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  change(how: (of: FakeLiveness) => void): void {
    how(this)
    for (const listener of this.listeners) listener()
  }

  start(): void {
    this.calls.push('start')
  }

  takesPart(): boolean {
    return this.taking && this.fault === undefined
  }

  isCertain(): boolean {
    return this.certain && this.takesPart()
  }

  lastHeard(): Instant | undefined {
    return this.heardAt
  }

  problem(): string | undefined {
    return this.fault
  }

  claim(): void {}

  isDead(node: string): boolean {
    return this.dead.has(node)
  }

  known: Returns = new Map()

  returns(): Returns {
    return this.known
  }

  isLeaving(): boolean {
    return false
  }

  claimsOn(): readonly [] {
    return []
  }

  wordsOn(): readonly NodeClaim[] {
    return []
  }

  pathsAreTold(): boolean {
    return false
  }

  onWords(): () => void {
    return () => {}
  }

  epochOf(): undefined {}

  onOutranked(): () => void {
    return () => {}
  }

  async leave(): Promise<void> {
    this.calls.push('leave')
  }

  async stop(): Promise<void> {
    this.calls.push('stop')
  }
}

export interface Process {
  readonly app: StandaloneApp
  readonly network: MemoryNetwork
  readonly liveness: FakeLiveness
  readonly metrics: FakeMetrics
  readonly lines: LogLine[]
  view(): NodeView
}

export class World {
  readonly folder: string
  readonly processes: Process[] = []

  static async make(): Promise<World> {
    return new World(await mkdtemp(join(tmpdir(), 'herald-world-')))
  }

  private constructor(folder: string) {
    this.folder = folder
  }

  put(file: string, ...objects: readonly object[]): Promise<void> {
    return writeFile(join(this.folder, file), objects.map((object) => JSON.stringify(object)).join('\n---\n'))
  }

  /** `wrap`: what becomes of the announcer. */
  compose(
    node: string,
    options: Partial<StandaloneOptions> = {},
    wrap: (plugin: LoadedPlugin) => LoadedPlugin = (plugin) => plugin,
  ): Process {
    const network = new MemoryNetwork()
    const liveness = new FakeLiveness(node)
    const metrics = new FakeMetrics()
    const lines: LogLine[] = []
    const app = composeStandalone(
      {
        options: { ...defaults(this.folder, node), ...options },
        plugins: [{ plugin: wrap(memoryPlugin(network)), config: {} }],
        heartbeatKeys: [new TextEncoder().encode('the key of this folder')],
      },
      (container) => {
        container.register(LIVENESS, { useValue: liveness })
        container.register(LOGGER, { useValue: fakeLogger(lines) })
        const render = async (): Promise<string> => ''
        container.register(METRICS, { useValue: { scope: metrics, render, contentType: '' } })
      },
    )
    const process = { app, network, liveness, metrics, lines, view: () => app.publisher.current()! }
    return process
  }

  async start(...how: Parameters<World['compose']>): Promise<Process> {
    const process = this.compose(...how)
    this.processes.push(process)
    await process.app.start()
    return process
  }

  views(): Promise<readonly NodeView[]> {
    return readViews(join(this.folder, '.herald'))
  }

  async dispose(): Promise<void> {
    await Promise.all(this.processes.map(({ app }) => app.stop()))
    await rm(this.folder, { recursive: true, force: true })
  }
}

export const settings: StandaloneOptions['settings'] = {
  namespace: 'metallb-system',
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
}

function defaults(folder: string, node: string): StandaloneOptions {
  return {
    folder,
    stateFolder: join(folder, '.herald'),
    node,
    settings,
    heartbeats: { port: 7473, timing: profiles.default, policy: 'available' },
    moveBudget: { perMinute: 300 },
    protection: { reviewed: false },
    follow: false,
    plugins: {},
    logLevels: { rest: 'info', modules: {} },
  }
}

export const pool = (name: string, ...addresses: readonly string[]): object => ({
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name, namespace: 'metallb-system' },
  spec: { addresses },
})

export const advertisement = (name = 'all'): object => ({
  apiVersion: 'heraldlb.io/v1alpha1',
  kind: 'Advertisement',
  metadata: { name, namespace: 'metallb-system' },
  spec: { announcer: 'memory' },
})

export const service = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  ...more,
})

export const node = (name: string, ...addresses: readonly string[]): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
})
