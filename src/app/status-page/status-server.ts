/*
 * The status page and the JSON beneath it: read-only, nothing from outside, plain HTTP on loopback unless the operator
 * says otherwise. The page is three files that the bundle carries as text.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import { listenOn, type ListenAddress } from '#metrics/listen.ts'
import { requestUrl } from '#metrics/request-url.ts'

import { answerFor } from './api.ts'
import { ChangeFeed } from './change-feed.ts'
import type { Answer } from './page-files.ts'
import type { StatusSource } from './source.ts'

/** The page may load its own files and ask its own server, nothing else; no other page may frame it. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export class StatusServer {
  private readonly source: StatusSource
  private readonly server: Server
  private readonly feed: ChangeFeed
  private loopbackOnly = true

  constructor(source: StatusSource) {
    this.source = source
    this.feed = new ChangeFeed(source)
    this.server = createServer((request, response) => void this.answer(request, response))
  }

  /** Rejects when it cannot listen, naming the flag. */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    this.loopbackOnly = isLoopback(address.host)
    return await listenOn(this.server, address, '--status-address')
  }

  async close(): Promise<void> {
    this.feed.close()
    this.server.closeAllConnections()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(response, { status: 405, type: 'text/plain', body: 'only GET\n' })
    }
    if (this.loopbackOnly && !namesLoopback(request.headers.host)) {
      return send(response, { status: 403, type: 'text/plain', body: foreignHost(request.headers.host) })
    }
    const url = requestUrl(request.url)
    if (url === undefined) return send(response, { status: 404, type: 'text/plain', body: 'not found\n' })
    if (url.pathname === '/api/v1/changes') return this.feed.add(response, headers)
    try {
      send(response, await answerFor(url, this.source))
    } catch (cause) {
      send(response, { status: 500, type: 'text/plain', body: `${String(cause)}\n` })
    }
  }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  const length = { 'content-type': type, 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...headers, ...length }).end(body)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** A page on the internet can make a browser ask 127.0.0.1 under a name of its own (DNS rebinding). */
function namesLoopback(host: string | undefined): boolean {
  const name = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host ?? '')
  return name !== null && isLoopback(name[1] ?? name[2] ?? '')
}

function foreignHost(host: string | undefined): string {
  return `Host: found ${JSON.stringify(host ?? '')}, allowed: localhost, 127.0.0.1 or [::1]; for others set --status-address\n`
}
