/* What goes wrong between Herald and the API server: no answer at all, or an answer that says no. */
import { seconds, type Duration } from '#core/model/duration.ts'

/** No answer: the server cannot be reached, or went silent. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable'

  constructor(what: string, cause: unknown) {
    super(`${what}: ${cause instanceof Error ? textOf(cause) : String(cause)}`, { cause })
  }
}

/** The server's answer to a request that it did not carry out. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP. */
  readonly status: number
  /** `metav1.Status.reason`: NotFound, AlreadyExists, Conflict, Expired, …; empty when the server gives none. */
  readonly reason: string
  /** How long the server asks to be left alone. */
  readonly retryAfter: Duration | undefined

  constructor(what: string, answer: Answer) {
    const { message, reason, retryAfterSeconds } = statusOf(answer.body)
    const says = message ?? firstLine(answer.body) ?? 'no reason given'
    super(answer.status === 403 ? forbidden(what, says) : `${what}: ${answer.status}: ${says}`)
    this.status = answer.status
    this.reason = reason ?? ''
    this.retryAfter = retryAfterOf(answer.retryAfter, retryAfterSeconds)
  }
}

export interface Answer {
  readonly status: number
  readonly body: string
  /** The header. */
  readonly retryAfter?: string | undefined
}

export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status
}

/** A resourceVersion that is too old to go on from: list again. */
export function isExpired(error: unknown): boolean {
  return isStatus(error, 410)
}

/** The object has changed since it was read, or exists already (`AlreadyExists`). */
export function isConflict(error: unknown): error is ApiError {
  return isStatus(error, 409)
}

/** Being told to come later, or that something broke: the same request may work in a while. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiUnreachable) return true
  return error instanceof ApiError && (error.status === 429 || error.status >= 500)
}

function forbidden(what: string, says: string): string {
  return `${what}: not allowed (403): ${says}; grant the verb to Herald's ServiceAccount (deploy/ holds the roles)`
}

interface StatusFields {
  readonly message?: string
  readonly reason?: string
  readonly retryAfterSeconds?: number
}

function statusOf(body: string): StatusFields {
  try {
    const { message, reason, details } = JSON.parse(body) as StatusFields & { details?: StatusFields }
    const after = details?.retryAfterSeconds
    return {
      ...(typeof message === 'string' && { message }),
      ...(typeof reason === 'string' && { reason }),
      ...(typeof after === 'number' && { retryAfterSeconds: after }),
    }
  } catch {
    return {}
  }
}

function retryAfterOf(header: string | undefined, fromStatus: number | undefined): Duration | undefined {
  const value = header === undefined ? fromStatus : Number(header)
  return value === undefined || Number.isNaN(value) ? undefined : seconds(Math.min(value, 60))
}

function firstLine(text: string): string | undefined {
  const line = text.split('\n', 1)[0]?.trim()
  return line === undefined || line === '' ? undefined : line.slice(0, 200)
}

/** Node packs the failures of several addresses into one error without a message. */
function textOf(error: Error): string {
  if (error.message !== '') return error.message
  const { code } = error as NodeJS.ErrnoException
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : (code ?? error.name)
}
