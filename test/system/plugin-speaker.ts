/* An announcer plugin as its host runs it, in this process: the newest wish wins, and a wake reconciles again. */
import type {
  Announcer,
  AnnouncerStatus,
  DesiredState,
  LoadedPlugin,
  Observation,
  Resource,
  Target,
  TargetStatus,
} from '#core/announcer.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import { until } from '#lab/index.ts'
import { realClock } from '#testkit/real-clock.ts'

export interface PluginWish {
  readonly targets: readonly Target[]
  readonly peers: readonly Resource[]
}

export class PluginSpeaker {
  readonly host: FakeHost
  status: AnnouncerStatus = { generation: 0, targets: [] }
  readonly #announcer: Announcer
  #wish: PluginWish = { targets: [], peers: [] }
  #generation = 0
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(plugin: LoadedPlugin, config: unknown, secrets: Readonly<Record<string, string>> = {}) {
    const host = fakeHost({ node: 'node1', clock: realClock, random: { next: () => Math.random() } })
    this.host = { ...host, report: (observation) => this.#observe(host, observation) }
    for (const [name, password] of Object.entries(secrets)) {
      host.secrets.set(name, { password: new TextEncoder().encode(password) })
    }
    this.#announcer = plugin.create(plugin.parseConfig(config), this.host)
  }

  async open(): Promise<void> {
    await this.#announcer.open(new AbortController().signal)
  }

  async desire(wish: Partial<PluginWish>): Promise<AnnouncerStatus> {
    this.#wish = { ...this.#wish, ...wish }
    return await this.#reconcile()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#announcer.close()
  }

  /** The newest thing said about a peer. */
  peer(name: string): Extract<Observation, { kind: 'peer' }> | undefined {
    return this.host.observations.findLast((one) => one.kind === 'peer' && one.peer === name) as never
  }

  /** What the last reconcile said about an address. */
  target(address: string): TargetStatus | undefined {
    return this.status.targets.find((one) => one.address === address)
  }

  async established(name: string, timeout = 20_000): Promise<void> {
    await until(`peer ${name} to be established`, () => this.peer(name)?.state === 'Established', { timeout })
  }

  #observe(host: FakeHost, observation: Observation): void {
    host.report(observation)
    // Nothing is reconciled before something is desired.
    if (observation.kind === 'wake' && this.#generation > 0 && !this.#closed) void this.#reconcile()
  }

  async #reconcile(): Promise<AnnouncerStatus> {
    this.#running = this.#after(this.#running)
    await this.#running
    return this.status
  }

  /** One call at a time, as the seam promises. */
  async #after(before: Promise<void>): Promise<void> {
    await before
    const { targets, peers } = this.#wish
    const desired: DesiredState = { generation: ++this.#generation, targets, resources: { BGPPeer: peers } }
    this.status = await this.#announcer.reconcile(desired, new AbortController().signal)
  }
}
