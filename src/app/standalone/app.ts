/* Standalone mode as a whole: what starts and stops in which order, and what it says of itself when it is up. */
import type { Logger } from '#core/ports.ts'
import type { ListenAddress, MetricsServer } from '#metrics/server.ts'

import type { Engine } from './engine.ts'
import type { FolderReader } from './folder/folder-reader.ts'
import type { StandaloneOptions } from './options.ts'
import type { Publisher } from './publisher.ts'
import type { SummaryInput } from './summary.ts'

export interface AppDeps {
  readonly engine: Engine
  readonly publisher: Publisher
  readonly reader: FolderReader
  readonly log: Logger
  /** Absent = no endpoint. */
  readonly endpoint?: { readonly server: MetricsServer; readonly address: ListenAddress }
}

export class StandaloneApp {
  readonly log: Logger
  readonly publisher: Publisher
  private readonly deps: AppDeps
  private bound: ListenAddress | undefined

  constructor(deps: AppDeps) {
    this.deps = deps
    this.log = deps.log
    this.publisher = deps.publisher
  }

  /** The endpoint comes first: it says why the rest is not ready yet. */
  async start(): Promise<void> {
    const { endpoint, engine } = this.deps
    this.bound = await endpoint?.server.listen(endpoint.address)
    await engine.start()
  }

  /** For the summary; undefined when not even the first decision could be made, which the log explains. */
  summary(options: StandaloneOptions): SummaryInput | undefined {
    const view = this.publisher.current()
    const { set, files } = this.deps.reader.current()
    return view && { options, view, set, files, metrics: this.bound }
  }

  async stop(): Promise<void> {
    await this.deps.engine.stop()
    await this.deps.endpoint?.server.close()
  }
}
