/* GET /metrics, /healthz and /readyz over plain HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import { listenOn, type ListenAddress } from './listen.ts'
import type { Metrics } from './registry.ts'

export interface Readiness {
  readonly ready: boolean
  /** What is being waited for; empty when ready. */
  readonly reasons: readonly string[]
}

export class MetricsServer {
  private readonly deps: { readonly metrics: Metrics; readonly readiness: () => Readiness }
  private readonly server: Server

  constructor(deps: { readonly metrics: Metrics; readonly readiness: () => Readiness }) {
    this.deps = deps
    this.server = createServer((request, response) => void this.answer(request, response))
  }

  /** Rejects when it cannot listen, naming the flag. */
  listen(address: ListenAddress): Promise<ListenAddress> {
    return listenOn(this.server, address, '--metrics-address')
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply(response, 405, 'text/plain', 'only GET\n')
      return
    }
    switch (new URL(request.url ?? '/', 'http://herald').pathname) {
      case '/metrics':
        await this.answerMetrics(response)
        return
      case '/healthz':
        reply(response, 200, 'text/plain', 'ok\n')
        return
      case '/readyz':
        this.answerReadiness(response)
        return
      default:
        reply(response, 404, 'text/plain', 'there is /metrics, /healthz and /readyz\n')
    }
  }

  private async answerMetrics(response: ServerResponse): Promise<void> {
    try {
      reply(response, 200, this.deps.metrics.contentType, await this.deps.metrics.render())
    } catch (cause) {
      reply(response, 500, 'text/plain', `${String(cause)}\n`)
    }
  }

  private answerReadiness(response: ServerResponse): void {
    const readiness = this.deps.readiness()
    reply(response, readiness.ready ? 200 : 503, 'application/json', `${JSON.stringify(readiness)}\n`)
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}
