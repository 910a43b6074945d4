/* Standalone mode as a whole: what starts and stops in which order. */
import type { Logger } from '#core/ports.ts'
import type { ListenAddress, MetricsServer } from '#metrics/server.ts'

import type { Engine } from './engine.ts'

export interface AppDeps {
  readonly engine: Engine
  readonly log: Logger
  /** Absent = no endpoint. */
  readonly endpoint?: { readonly server: MetricsServer; readonly address: ListenAddress }
}

export class StandaloneApp {
  readonly engine: Engine
  readonly log: Logger
  private readonly endpoint: AppDeps['endpoint']
  private bound: ListenAddress | undefined

  constructor({ engine, log, endpoint }: AppDeps) {
    this.engine = engine
    this.log = log
    this.endpoint = endpoint
  }

  /** The endpoint comes first: it says why the rest is not ready yet. */
  async start(): Promise<void> {
    this.bound = await this.endpoint?.server.listen(this.endpoint.address)
    await this.engine.start()
  }

  /** Where metrics are served, with the port in fact bound. */
  metricsAddress(): ListenAddress | undefined {
    return this.bound
  }

  async stop(): Promise<void> {
    await this.engine.stop()
    await this.endpoint?.server.close()
  }
}
