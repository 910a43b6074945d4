/* Where the API server asks: POST /validate, over HTTPS with whatever certificate it was given last. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'

import { messageOf } from '#core/errors.ts'
import type { Counter, Logger } from '#core/ports.ts'
import type { TlsLimits } from '#metrics/certificate.ts'
import { listenOn, type ListenAddress } from '#metrics/listen.ts'
import { requestUrl } from '#metrics/request-url.ts'

import type { KeyPair } from './certificates.ts'
import { answerTo, requestIn } from './review.ts'
import type { AdmissionRequest, Verdict } from './verdict.ts'

export interface WebhookServerDeps {
  readonly verdict: (request: AdmissionRequest) => Verdict
  readonly tls?: TlsLimits
  readonly log: Logger
  /** By `verdict`: allowed, warned, refused, failed. */
  readonly reviews: Counter
}

/** A review holds an object twice, and etcd takes 1.5 MiB of one. */
const mostBytes = 4 * 1024 * 1024
/** Longer than the API server keeps an idle connection, so that none closes under a request. */
const idleFor = 120_000
/** Nobody who has not even that keeps the process from ending. */
const handshakeWithin = 5_000
/** For answers that are on their way when the process ends. */
const lastWords = 1_000

export class WebhookServer {
  readonly #deps: WebhookServerDeps
  readonly #server: Server

  constructor(deps: WebhookServerDeps) {
    this.#deps = deps
    const patience = { keepAliveTimeout: idleFor, handshakeTimeout: handshakeWithin }
    this.#server = createServer(patience, (request, response) => {
      // Whoever asks may be gone before all of the question has come.
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  /** Connections that are there already keep the one they began with. */
  use({ cert, key }: KeyPair): void {
    this.#server.setSecureContext({ cert, key, ...this.#deps.tls })
  }

  listen(address: ListenAddress): Promise<ListenAddress> {
    return listenOn(this.#server, address, '--webhook-address')
  }

  /** Answers what it was asked, and takes no more. Connections that are not idle by then are cut. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const cut = setTimeout(() => this.#server.closeAllConnections(), lastWords)
    await closed
    clearTimeout(cut)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (requestUrl(request.url)?.pathname !== '/validate') return reply(response, 404, 'there is /validate')
    if (request.method !== 'POST') return reply(response, 405, 'only POST')
    const body = await bodyOf(request)
    if (body === undefined) return cutOff(request, response)
    const asked = parsed(body)
    if ('fault' in asked) return reply(response, 400, asked.fault)
    this.#decide(asked, response)
  }

  /** A fault of ours refuses nothing: the API server takes the answer for none, and goes on. */
  #decide(request: AdmissionRequest, response: ServerResponse): void {
    const { verdict, log, reviews } = this.#deps
    try {
      const found = verdict(request)
      const { refusals, warnings } = found
      const outcome = refusals.length > 0 ? 'refused' : warnings.length > 0 ? 'warned' : 'allowed'
      reviews.add({ verdict: outcome })
      reply(response, 200, JSON.stringify(answerTo(request, found)), 'application/json')
    } catch (cause) {
      reviews.add({ verdict: 'failed' })
      log.error('review failed', { cause: String(cause) })
      reply(response, 500, 'the review failed, see the log of the controller')
    }
  }
}

function parsed(body: string): AdmissionRequest | { readonly fault: string } {
  try {
    return requestIn(body)
  } catch (cause) {
    return { fault: messageOf(cause) }
  }
}

/** Undefined for too much; the rest of it is still to come. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  // Left as an iterator is left by itself, the request takes its socket along, and nobody is told why.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length
    if (size > mostBytes) return undefined
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}

/** A socket that is closed with something unread is reset, and the answer is lost: what still comes is read for a while. */
async function cutOff(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = `allowed: ${mostBytes} bytes`
  const length = Buffer.byteLength(text)
  response.writeHead(413, { 'content-type': 'text/plain', 'content-length': length, connection: 'close' })
  response.write(text)
  const over = new Promise((resolve) => request.once('close', resolve).once('end', resolve).resume())
  const cut = new Promise((resolve) => setTimeout(resolve, lastWords))
  await Promise.race([over, cut])
  response.end()
}

function reply(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}
