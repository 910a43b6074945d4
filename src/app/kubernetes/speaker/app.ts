/* A speaker as a whole: what starts and stops in which order. */
import type { Logger } from '#core/ports.ts'
import type { ListenAddress } from '#metrics/listen.ts'
import type { MetricsServer } from '#metrics/server.ts'

import { servePage, type StatusEndpoint } from '../../status-page/serve.ts'
import type { SpeakerEngine } from './engine.ts'

export interface SpeakerAppDeps {
  readonly engine: SpeakerEngine
  readonly log: Logger
  readonly endpoints: readonly {
    readonly server: MetricsServer
    readonly address: ListenAddress
  }[]
  /** Absent = not served. */
  readonly statusPage: StatusEndpoint | undefined
  /** What else is read from the API server. */
  readonly announced: { stop(): Promise<void> }
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
    const { endpoints, statusPage, log } = this.deps
    for (const { server, address } of endpoints) await server.listen(address)
    if (statusPage !== undefined) await servePage(statusPage, log)
    this.deps.engine.start()
  }

  async stop(): Promise<void> {
    await this.deps.engine.stop()
    const { endpoints, statusPage, announced, disconnect } = this.deps
    await Promise.all(endpoints.map(({ server }) => server.close()))
    await Promise.all([statusPage?.server.close(), announced.stop()])
    disconnect()
  }
}
