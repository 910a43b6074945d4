/* Standalone mode as a whole: what starts and stops in which order, and what it says of itself when it is up. */
import type { Logger } from '#core/ports.ts'
import type { ListenAddress } from '#metrics/listen.ts'
import type { MetricsServer } from '#metrics/server.ts'

import type { StatusServer } from '../status-page/status-server.ts'
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
  /** Absent = not served. */
  readonly endpoint?: Endpoint<MetricsServer>
  readonly statusPage?: Endpoint<StatusServer>
}

export interface Endpoint<Server> {
  readonly server: Server
  readonly address: ListenAddress
}

export class StandaloneApp {
  readonly log: Logger
  readonly publisher: Publisher
  private readonly deps: AppDeps
  private bound: Pick<SummaryInput, 'metrics' | 'page'> = { metrics: undefined, page: undefined }

  constructor(deps: AppDeps) {
    this.deps = deps
    this.log = deps.log
    this.publisher = deps.publisher
  }

  /** The endpoints come first: they say why the rest is not ready yet. */
  async start(): Promise<void> {
    const { endpoint, statusPage, engine } = this.deps
    const metrics = await endpoint?.server.listen(endpoint.address)
    const page = await statusPage?.server.listen(statusPage.address)
    this.bound = { metrics, page }
    await engine.start()
  }

  /** For the summary; undefined when not even the first decision could be made, which the log explains. */
  summary(options: StandaloneOptions): SummaryInput | undefined {
    const view = this.publisher.current()
    const { set, files } = this.deps.reader.current()
    return view && { options, view, set, files, ...this.bound }
  }

  async stop(): Promise<void> {
    await this.deps.engine.stop()
    await this.deps.endpoint?.server.close()
    await this.deps.statusPage?.server.close()
  }
}
