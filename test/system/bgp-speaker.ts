/* Herald's BGP plugin in a node of a lab, in this process: the main thread enters the node's namespace. */
import { closeSync, openSync } from 'node:fs'

import type { AnnouncerStatus, DesiredState, Observation, Resource, Target } from '#core/announcer.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Json } from '#core/model/json.ts'
import type { LabNode } from '#lab/index.ts'
import { until } from '#lab/index.ts'
import { CLONE_NEWNET } from '#platform/linux/constants.ts'
import { setns } from '#platform/linux/libc.ts'
import { BgpAnnouncer } from '#plugins/native-bgp/announcer.ts'
import { parseConfig } from '#plugins/native-bgp/config.ts'
import { loopBfdService } from '#plugins/native-bgp/io/bfd-service.ts'
import { loopRouterDiscovery } from '#plugins/native-bgp/io/router-discovery.ts'
import { tcpTransport } from '#plugins/native-bgp/io/tcp-transport.ts'
import type { Transport } from '#plugins/native-bgp/transport.ts'
import { realClock } from '#testkit/real-clock.ts'
import type { Clock } from '#core/ports.ts'

/** Sockets opened from now on belong to the node; returns the way back. */
export function enterNamespace(node: LabNode): () => void {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  const there = openSync(node.netnsPath, 'r')
  setns(there, CLONE_NEWNET)
  closeSync(there)
  return () => {
    setns(home, CLONE_NEWNET)
    closeSync(home)
  }
}

export interface Wish {
  readonly targets: readonly Target[]
  readonly peers: readonly Resource[]
  readonly profiles: readonly Resource[]
}

export interface SpeakerOptions {
  readonly config?: unknown
  readonly transport?: Transport
  readonly secrets?: Readonly<Record<string, string>>
  /** Of everything but BFD. */
  readonly clock?: Clock
  /** Called with each observation. */
  readonly observed?: (observation: Observation) => void
}

/** Runs one announcer as the host does: the newest wish wins, and a wake reconciles again. */
export class Speaker {
  readonly host: FakeHost
  readonly announcer: BgpAnnouncer
  status: AnnouncerStatus = { generation: 0, targets: [] }
  #wish: Wish = { targets: [], peers: [], profiles: [] }
  #generation = 0
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: SpeakerOptions = {}) {
    const clock = options.clock ?? realClock
    const host = fakeHost({ node: 'node1', clock, random: { next: () => Math.random() } })
    this.host = {
      ...host,
      report: (observation) => {
        this.#observe(host, observation)
        options.observed?.(observation)
      },
    }
    for (const [name, password] of Object.entries(options.secrets ?? {})) {
      host.secrets.set(name, { password: new TextEncoder().encode(password) })
    }
    const transport = options.transport ?? tcpTransport(clock)
    const bfd = loopBfdService(realClock)
    const discovery = loopRouterDiscovery(realClock)
    const config = parseConfig(options.config)
    this.announcer = new BgpAnnouncer(config, this.host, { transport, bfd, discovery })
  }

  async open(): Promise<void> {
    await this.announcer.open()
  }

  async desire(wish: Partial<Wish>): Promise<AnnouncerStatus> {
    this.#wish = { ...this.#wish, ...wish }
    return await this.#reconcile()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.announcer.close()
  }

  /** The newest thing said about a peer. */
  peer(name: string): Extract<Observation, { kind: 'peer' }> | undefined {
    return this.host.observations.findLast((one) => one.kind === 'peer' && one.peer === name) as never
  }

  async established(name: string, timeout = 15_000): Promise<void> {
    await until(`peer ${name} to be established`, () => this.peer(name)?.state === 'Established', { timeout })
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
    const { targets, peers, profiles } = this.#wish
    const resources = { BGPPeer: peers, BFDProfile: profiles }
    const desired: DesiredState = { generation: ++this.#generation, targets, resources }
    this.status = await this.announcer.reconcile(desired, new AbortController().signal)
  }
}

export function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`${text} is no address`)
  return parsed
}

export function target(
  text: string,
  change: Partial<Target> & { options?: Record<string, Json> } = {},
): Target {
  const { options, ...rest } = change
  return {
    address: address(text),
    services: [{ name: 'default/web', labels: {}, localEndpoints: 1, totalEndpoints: 1 }],
    offers: [
      {
        advertisement: 'BGPAdvertisement metallb-system/local',
        options: { aggregationLength: 32, aggregationLengthV6: 128, ...options },
      },
    ],
    stage: 'serve',
    ...rest,
  }
}

export function peerResource(name: string, spec: Record<string, Json>): Resource {
  return { name, revision: JSON.stringify(spec), spec: { peerPort: 179, ...spec } }
}
