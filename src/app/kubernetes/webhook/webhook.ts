/* `herald controller --webhook`: its certificates, its server, and the cluster that it judges by. */
import type { Settings } from '#core/model/facts.ts'
import type { Clock, Logger, MetricScope, Random } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'
import type { TlsLimits } from '#metrics/certificate.ts'
import type { ListenAddress } from '#metrics/listen.ts'

import type { ApiClient } from '../api/client.ts'
import type { ClusterView } from '../controller/cluster-view.ts'
import { CertificateKeeper, type WebhookNames } from './keeper.ts'
import { WebhookServer } from './server.ts'
import { verdictOn, type AdmissionRequest, type Verdict } from './verdict.ts'

/** What the flags say. */
export interface WebhookOptions {
  readonly listen: ListenAddress
  readonly names: WebhookNames
  readonly tls: TlsLimits
}

export interface WebhookDeps {
  readonly options: WebhookOptions
  readonly client: ApiClient
  readonly view: ClusterView
  readonly settings: Settings
  readonly leads: () => boolean
  readonly metrics: MetricScope
  readonly clock: Clock
  readonly random: Random
  readonly date: () => Date
  readonly log: Logger
}

export class Webhook {
  readonly #deps: WebhookDeps
  readonly #keeper: CertificateKeeper
  readonly #server: WebhookServer

  constructor(deps: WebhookDeps) {
    this.#deps = deps
    const { options, settings, leads, metrics, ...ports } = deps
    this.#server = new WebhookServer({
      verdict: (request) => this.#verdict(request),
      tls: options.tls,
      log: deps.log,
      reviews: metrics.counter(metric('herald_webhook_reviews_total')),
    })
    this.#keeper = new CertificateKeeper({
      ...ports,
      namespace: settings.namespace,
      names: options.names,
      mayWrite: leads,
      use: (pair) => this.#server.use(pair),
      expires: metrics.gauge(metric('herald_webhook_certificate_expiry_timestamp_seconds')),
    })
  }

  /** Rejects when it cannot listen. */
  async start(): Promise<ListenAddress> {
    const bound = await this.#server.listen(this.#deps.options.listen)
    this.#keeper.start()
    return bound
  }

  async stop(): Promise<void> {
    await Promise.all([this.#keeper.stop(), this.#server.close()])
  }

  leadershipChanged(): void {
    this.#keeper.look()
  }

  /** Why the API server may not reach it. */
  problem(): string | undefined {
    return this.#keeper.problem()
  }

  #verdict(request: AdmissionRequest): Verdict {
    const { view, settings } = this.#deps
    if (!view.synced())
      return { refusals: [], warnings: ['not checked: Herald is still reading what the cluster has'] }
    return verdictOn(request, {
      settings,
      readings: view.readings(),
      namespaces: [...view.namespaces.values()],
      services: [...view.services.values()],
    })
  }
}
