/* gRPC with bytes in and out: unary calls, streams in either direction, deadlines, and errors in our own words. */
import { readFile } from 'node:fs/promises'

import type * as Grpc from '@grpc/grpc-js'

import { messageOf } from '#core/errors.ts'

import type { GoBgpConfig, Tls } from '../config.ts'
import { ApiError } from '../errors.ts'

/** A call that takes longer has no answer: gobgpd is stuck or gone. */
const callTimeout = 5000

export class GrpcChannel {
  readonly #client: Grpc.Client
  readonly #grpc: typeof Grpc

  constructor(grpc: typeof Grpc, client: Grpc.Client) {
    this.#grpc = grpc
    this.#client = client
  }

  unary(path: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return this.#settle(path, signal, (done) =>
      this.#client.makeUnaryRequest(path, toBuffer, asIs, request, this.#deadline(), (error, answer) =>
        done(error, answer),
      ),
    )
  }

  /** One request, all its answers. */
  list(path: string, request: Uint8Array, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const answers: Uint8Array[] = []
    return this.#settle(path, signal, (done) => {
      const call = this.#client.makeServerStreamRequest(path, toBuffer, asIs, request, this.#deadline())
      call.on('data', (answer: Uint8Array) => answers.push(answer))
      call.on('error', (error: Grpc.ServiceError) => done(error))
      call.on('end', () => done(null, answers))
      return call
    })
  }

  /** Many requests, one answer; the stream's own back-pressure is respected. */
  async send(path: string, requests: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    await this.#settle<Uint8Array>(path, signal, (done) => {
      const call = this.#client.makeClientStreamRequest(
        path,
        toBuffer,
        asIs,
        this.#deadline(),
        (error, answer) => done(error, answer),
      )
      const iterator = requests[Symbol.iterator]()
      const pump = (): void => {
        for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
          if (!call.write(next.value)) return void call.once('drain', pump)
        }
        call.end()
      }
      pump()
      return call
    })
  }

  /** Calls `seen` with every answer for as long as the stream lasts; its end is a rejection. */
  watch(
    path: string,
    request: Uint8Array,
    seen: (answer: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<never> {
    return this.#settle<never>(path, signal, (done) => {
      const call = this.#client.makeServerStreamRequest(path, toBuffer, asIs, request)
      call.on('data', seen)
      call.on('error', (error: Grpc.ServiceError) => done(error))
      call.on('end', () => done({ code: this.#grpc.status.UNAVAILABLE, details: 'the stream ended' }))
      return call
    })
  }

  close(): void {
    this.#client.close()
  }

  #deadline(): Grpc.CallOptions {
    return { deadline: Date.now() + callTimeout }
  }

  #settle<T>(
    path: string,
    signal: AbortSignal,
    start: (done: (error: Failure | null, value?: T) => void) => { cancel(): void },
  ): Promise<T> {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) return reject(new ApiError('aborted', name, 'no longer wanted'))
      const call = start((error, value) => {
        signal.removeEventListener('abort', abort)
        if (error === null && value !== undefined) resolve(value)
        else reject(this.#problem(name, error, signal))
      })
      const abort = (): void => call.cancel()
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  #problem(name: string, error: Failure | null, signal: AbortSignal): ApiError {
    const { status } = this.#grpc
    const { code = status.UNKNOWN, details = '' } = error ?? {}
    if (signal.aborted) return new ApiError('aborted', name, 'no longer wanted')
    if (code === status.UNIMPLEMENTED) return new UnknownService(name, details)
    const broken = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED, status.UNAUTHENTICATED]
    return new ApiError(broken.includes(code) ? 'unreachable' : 'refused', name, details)
  }
}

/** gobgpd has no such service: it is of another version. */
export class UnknownService extends ApiError {
  constructor(call: string, detail: string) {
    super('refused', call, detail)
  }
}

interface Failure {
  readonly code?: Grpc.status
  readonly details?: string
}

/** Connects nothing yet: the first call does. grpc-js is loaded when it is first needed, so that others pay nothing. */
export async function openChannel({
  endpoint,
  tls,
}: Pick<GoBgpConfig, 'endpoint' | 'tls'>): Promise<GrpcChannel> {
  const grpc = await import('@grpc/grpc-js')
  const credentials = await credentialsOf(grpc, tls).catch((error: unknown) => {
    throw new ApiError('unreachable', 'TLS', messageOf(error))
  })
  const options: Grpc.ClientOptions = {
    // Each attempt is a channel of its own, so that nothing of a broken one delays the next.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
    ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
  }
  return new GrpcChannel(grpc, new grpc.Client(endpoint, credentials, options))
}

async function credentialsOf(grpc: typeof Grpc, tls: Tls | undefined): Promise<Grpc.ChannelCredentials> {
  if (tls === undefined) return grpc.credentials.createInsecure()
  const read = async (file: string | undefined): Promise<Buffer | null> =>
    file === undefined ? null : await readFile(file)
  const [ca, key, cert] = await Promise.all([read(tls.ca), read(tls.key), read(tls.cert)])
  return grpc.credentials.createSsl(ca, key, cert)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function asIs(bytes: Buffer): Uint8Array {
  return bytes
}
