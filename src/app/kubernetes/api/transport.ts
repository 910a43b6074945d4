/* HTTP to the API server: connections are kept, credentials are those of the moment, and nothing waits for ever. */
import {
  Agent as PlainAgent,
  request as plainRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { StringDecoder } from 'node:string_decoder'

import type { Duration } from '#core/model/duration.ts'

import type { Credentials, CredentialSource } from './credentials.ts'
import { ApiError, ApiUnreachable, type Answer } from './errors.ts'

export interface HttpRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly body?: string
  readonly contentType?: string
  /** Ends the request; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Longest time without a byte from the server. */
  readonly silence: Duration
}

export interface Transport {
  /** Rejects with ApiUnreachable, or ApiError for an answer other than 2xx. */
  send(request: HttpRequest): Promise<string>
  /**
   * Calls `lines` with nothing once the server has agreed, then with the lines of the answer as they come; settles when
   * the server ends it, and rejects with what `lines` throws.
   */
  stream(request: HttpRequest, lines: (batch: readonly string[]) => void): Promise<void>
  close(): void
}

interface Agents {
  readonly credentials: Credentials
  /** What of the credentials a connection depends on. */
  readonly key: string
  readonly short: PlainAgent
  readonly long: PlainAgent
}

/** Requests at one time; the rest wait. A watch has a connection of its own. */
const connections = 40

export class HttpTransport implements Transport {
  private readonly source: CredentialSource
  private agents: Agents | undefined

  constructor(source: CredentialSource) {
    this.source = source
  }

  async send(request: HttpRequest): Promise<string> {
    const response = await this.open(request, 'short')
    return (await textOf(response, request)).body
  }

  async stream(request: HttpRequest, lines: (batch: readonly string[]) => void): Promise<void> {
    const response = await this.open(request, 'long')
    lines([])
    await linesOf(response, request, lines)
  }

  close(): void {
    this.agents?.short.destroy()
    this.agents?.long.destroy()
    this.agents = undefined
  }

  private async open(request: HttpRequest, use: 'short' | 'long'): Promise<IncomingMessage> {
    const credentials = await this.source.current().catch((cause: unknown) => {
      throw new ApiUnreachable(`${whatOf(request)}: credentials`, cause)
    })
    const response = await exchange(request, credentials, this.agentFor(credentials, use))
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    if (status === 401) this.source.refused()
    const { body } = await textOf(response, request)
    throw new ApiError(whatOf(request), { status, body, retryAfter: response.headers['retry-after'] })
  }

  /** Another certificate needs other connections; another token does not. */
  private agentFor(credentials: Credentials, use: 'short' | 'long'): PlainAgent {
    if (credentials.proxy !== undefined) return credentials.proxy
    const { agents } = this
    if (agents?.credentials === credentials) return agents[use]
    const { server, tls } = credentials
    const key = JSON.stringify([server, tls])
    if (agents?.key === key) {
      this.agents = { ...agents, credentials }
      return agents[use]
    }
    this.close()
    const Kept = server.protocol === 'http:' ? PlainAgent : TlsAgent
    const options = { keepAlive: true, keepAliveMsecs: 10_000, scheduling: 'lifo' as const, ...tls }
    const short = named(new Kept({ ...options, maxSockets: connections }), server)
    this.agents = { credentials, key, short, long: named(new Kept(options), server) }
    return this.agents[use]
  }
}

/** All its connections lead to one server: no names made of certificates, twice for each request, to tell them apart. */
function named(agent: PlainAgent, { host }: URL): PlainAgent {
  agent.getName = () => host
  return agent
}

function exchange(
  request: HttpRequest,
  credentials: Credentials,
  agent: PlainAgent,
): Promise<IncomingMessage> {
  const { method, path, body, signal } = request
  const { server } = credentials
  const options: RequestOptions = {
    agent,
    method,
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port === '' ? (server.protocol === 'http:' ? 80 : 443) : server.port,
    path: server.pathname.replace(/\/$/, '') + path,
    headers: headersOf(request, credentials),
    ...(signal && { signal }),
  }
  return new Promise((resolve, reject) => {
    const send = server.protocol === 'http:' ? plainRequest : tlsRequest
    let incoming: IncomingMessage | undefined
    const outgoing = send(options, (response) => resolve((incoming = response)))
    outgoing.setTimeout(request.silence, () => {
      const silent = new Error(`no answer within ${request.silence / 1000} s`)
      // An answer that has begun would only say that it was broken off.
      incoming?.destroy(silent)
      outgoing.destroy(silent)
    })
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      if (signal?.aborted === true) return reject(signal.reason as Error)
      // The server closed a kept connection just as it was used again: it has not seen the request.
      const stale = outgoing.reusedSocket && cause.code === 'ECONNRESET' && method === 'GET'
      if (stale) exchange(request, credentials, agent).then(resolve, reject)
      else reject(new ApiUnreachable(whatOf(request), cause))
    })
    outgoing.end(body)
  })
}

/** As a list, which Node writes as it is; where a proxy's agent may want to add its own, as an object. */
function headersOf(
  { body, contentType = 'application/json' }: HttpRequest,
  { server, headers, proxy }: Credentials,
): Record<string, string> | string[] {
  const all = {
    host: server.host,
    ...headers,
    accept: 'application/json',
    'user-agent': 'herald',
    ...(body !== undefined && {
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(body)),
    }),
  }
  return proxy === undefined ? Object.entries(all).flat() : all
}

function textOf(response: IncomingMessage, request: HttpRequest): Promise<Answer> {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  return ended(response, request, () => ({
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).toString('utf8'),
  }))
}

/** Ends with what `lines` throws. */
function linesOf(
  response: IncomingMessage,
  request: HttpRequest,
  lines: (batch: readonly string[]) => void,
): Promise<void> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let failure: unknown
  response.on('data', (chunk: Buffer) => {
    const parts = (rest + decoder.write(chunk)).split('\n')
    rest = parts.pop() ?? ''
    if (parts.length === 0 || failure !== undefined) return
    try {
      lines(parts)
    } catch (error) {
      failure = error
      response.destroy(error as Error)
    }
  })
  return ended(
    response,
    request,
    () => {},
    () => failure,
  )
}

/** `result` when the server has said everything; a connection that breaks before is a failure. */
function ended<Result>(
  response: IncomingMessage,
  request: HttpRequest,
  result: () => Result,
  own: () => unknown = () => undefined,
): Promise<Result> {
  const { signal } = request
  return new Promise((resolve, reject) => {
    response.on('end', () => resolve(result()))
    response.on('error', (cause) => {
      const reason = own() ?? (signal?.aborted === true ? signal.reason : undefined)
      reject((reason as Error | undefined) ?? new ApiUnreachable(whatOf(request), cause))
    })
  })
}

/** For messages: the verb and the object, without the query. */
function whatOf({ method, path }: HttpRequest): string {
  return `${method} ${path.split('?', 1)[0]}`
}
