/* A speaker as a whole: what starts and stops in which order. */
import type { Logger } from '#core/ports.ts'
import type { ListenAddress } from '#metrics/listen.ts'
import type { MetricsServer } from '#metrics/server.ts'

import type { SpeakerEngine } from './engine.ts'

export interface SpeakerAppDeps {
  readonly engine: SpeakerEngine
  readonly log: Logger
  readonly endpoints: readonly { readonly server: MetricsServer; readonly address: ListenAddress }[]
  /** Ends the connections to the API server. */
  readonly disconnect: () => void
}

export class SpeakerApp {
  readonly log: Logger
  private readonly deps: SpeakerAppDeps

  constructor(deps: SpeakerAppDeps) {
    this.deps = deps
    this.log = deps.log
  }

  /** The endpoint comes first: it says why the rest is not ready yet. */
  async start(): Promise<void> {
    for (const { server, address } of this.deps.endpoints) await server.listen(address)
    this.deps.engine.start()
  }

  async stop(): Promise<void> {
    await this.deps.engine.stop()
    await Promise.all(this.deps.endpoints.map(({ server }) => server.close()))
    this.deps.disconnect()
  }
}
