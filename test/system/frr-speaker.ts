/* Herald's FRR plugin in this process, beside an FRR in a node of a lab: unix sockets know no network namespaces. */
import type { AnnouncerStatus, DesiredState, Observation, Resource, Target } from '#core/announcer.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import { until, type Frr } from '#lab/index.ts'
import { realClock } from '#testkit/real-clock.ts'
import { FrrAnnouncer } from '#plugins/frr/announcer.ts'
import { parseConfig } from '#plugins/frr/config.ts'
import { unixVty } from '#plugins/frr/io/unix-vty.ts'
import type { Vty } from '#plugins/frr/vty.ts'

export interface Wish {
  readonly targets: readonly Target[]
  readonly peers: readonly Resource[]
  readonly profiles: readonly Resource[]
}

/** Runs one announcer as the host does: the newest wish wins, and a wake reconciles again. */
export class FrrSpeaker {
  readonly host: FakeHost
  /** Configuration commands given to FRR. */
  readonly commands: string[] = []
  status: AnnouncerStatus = { generation: 0, targets: [] }
  readonly #announcer: FrrAnnouncer
  #wish: Wish = { targets: [], peers: [], profiles: [] }
  #generation = 0
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(frr: Frr, options: { config?: object; secrets?: Record<string, string> } = {}) {
    const host = fakeHost({ node: 'node1', clock: realClock })
    this.host = { ...host, report: (observation) => this.#observe(host, observation) }
    for (const [name, password] of Object.entries(options.secrets ?? {})) this.secret(name, password)
    const config = parseConfig({ socketDirectory: frr.directory, ...options.config })
    this.#announcer = new FrrAnnouncer(config, this.host, {
      vty: this.#recorded(unixVty(config.socketDirectory)),
      portTaken: async () => false,
    })
  }

  secret(name: string, password: string): void {
    this.host.secrets.set(name, { password: new TextEncoder().encode(password) })
  }

  async desire(wish: Partial<Wish>): Promise<AnnouncerStatus> {
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

  async serving(): Promise<void> {
    await until('every target to be served', () =>
      this.status.targets.every(({ phase }) => phase === 'serving'),
    )
  }

  #recorded(vty: Vty): Vty {
    return {
      connect: async (daemon, closed) => {
        const session = await vty.connect(daemon, closed)
        return {
          close: () => session.close(),
          run: (commands) => {
            this.commands.push(...commands.filter((command) => !/^(show|enable)/.test(command)))
            return session.run(commands)
          },
        }
      },
    }
  }

  #observe(host: FakeHost, observation: Observation): void {
    host.report(observation)
    if (observation.kind === 'wake' && !this.#closed) void this.#reconcile()
  }

  async #reconcile(): Promise<AnnouncerStatus> {
    this.#running = this.#after(this.#running)
    await this.#running
    return this.status
  }

  /** One call at a time, as the seam promises. */
  async #after(before: Promise<void>): Promise<void> {
    await before
    const { targets, peers: BGPPeer, profiles: BFDProfile } = this.#wish
    const desired: DesiredState = {
      generation: ++this.#generation,
      targets,
      resources: { BGPPeer, BFDProfile },
    }
    this.status = await this.#announcer.reconcile(desired, new AbortController().signal)
  }
}
