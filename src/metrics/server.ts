/* GET /metrics, /healthz and /readyz: over HTTP, or over HTTPS to those only who may read. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'

import { messageOf } from '#core/errors.ts'

import type { Certificate } from './certificate.ts'
import { listenOn, type ListenAddress } from './listen.ts'
import type { Metrics } from './registry.ts'
import { requestUrl } from './request-url.ts'

export interface Readiness {
  readonly ready: boolean
  /** What is being waited for; empty when ready. */
  readonly reasons: readonly string[]
}

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly status: 401 | 403 | 503; readonly reason: string }

/** Who may read /metrics; /healthz and /readyz are for kubelets, which have no token. */
export interface Guard {
  admit(request: { readonly authorization?: string; readonly path: string }): Promise<Verdict>
}

export interface MetricsServerDeps {
  readonly metrics: Metrics
  readonly readiness: () => Readiness
  /** Absent: plain HTTP. */
  readonly certificate?: Certificate
  /** Absent: everybody may read. */
  readonly guard?: Guard
}

export class MetricsServer {
  private readonly deps: MetricsServerDeps
  private readonly server: Server | TlsServer

  constructor(deps: MetricsServerDeps) {
    this.deps = deps
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      void this.answer(request, response)
    this.server = deps.certificate === undefined ? createServer(handle) : createTlsServer(handle)
  }

  /** Rejects when it cannot listen, naming the flag. */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    await this.deps.certificate?.serve(this.server as TlsServer).catch((cause: unknown) => {
      throw new Error(`--metrics-cert-dir: ${messageOf(cause)}`, {
        cause,
      })
    })
    return listenOn(this.server, address, '--metrics-address')
  }

  async close(): Promise<void> {
    this.deps.certificate?.close()
    this.server.closeAllConnections()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply(response, 405, 'text/plain', 'only GET\n')
      return
    }
    switch (requestUrl(request.url)?.pathname) {
      case '/metrics':
        await this.answerMetrics(request, response)
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

  private async answerMetrics({ headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization } = headers
    const request = { path: '/metrics', ...(authorization !== undefined && { authorization }) }
    const verdict = (await this.deps.guard?.admit(request)) ?? { allowed: true }
    if (!verdict.allowed) {
      if (verdict.status === 401) response.setHeader('www-authenticate', 'Bearer')
      reply(response, verdict.status, 'text/plain', `${verdict.reason}\n`)
      return
    }
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
