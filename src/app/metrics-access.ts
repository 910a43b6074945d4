/*
 * Who may read the metrics, as kube-rbac-proxy and controller-runtime ask: the API server says whose token it is
 * (TokenReview) and whether they may get the path (SubjectAccessReview).
 */
import { seconds, type Instant } from '#core/model/duration.ts'
import type { Clock, Logger } from '#core/ports.ts'
import { Certificate, type CertificateFiles, type TlsLimits } from '#metrics/certificate.ts'
import type { Guard, MetricsServerDeps, Verdict } from '#metrics/server.ts'

import type { ApiClient, RawObject } from './kubernetes/api/client.ts'
import { resources, type Resource } from './kubernetes/api/resources.ts'
import { sha256 } from './system.ts'

/** What the flags say, checked. */
export interface MetricsProtection {
  /** Absent: plain HTTP. */
  readonly certificate?: CertificateFiles
  /** Of the connections to it. */
  readonly tls?: TlsLimits
  /** The API server is asked who reads. */
  readonly reviewed: boolean
}

export interface ReviewerDeps {
  readonly client: Pick<ApiClient, 'create'>
  readonly clock: Clock
  readonly log: Logger
}

interface User {
  readonly username?: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** A right that is taken away counts for no longer than this; the API server is asked no more often. */
const trustFor = seconds(10)
const remembered = 256

/** What is said to whoever brings none. */
export const tokenNeeded = 'a bearer token is needed'

const refusal = (status: 401 | 403 | 503, reason: string): Verdict => ({ allowed: false, status, reason })

export class MetricsReviewer implements Guard {
  readonly #deps: ReviewerDeps
  /** By a digest of the token: the token itself is kept nowhere. */
  readonly #verdicts = new Map<string, { readonly verdict: Promise<Verdict>; readonly until: Instant }>()

  constructor(deps: ReviewerDeps) {
    this.#deps = deps
  }

  admit({
    authorization = '',
    path,
  }: {
    readonly authorization?: string
    readonly path: string
  }): Promise<Verdict> {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
    if (token === undefined) return Promise.resolve(refusal(401, tokenNeeded))
    const now = this.#deps.clock.now()
    const key = sha256(`${path} ${token}`)
    const known = this.#verdicts.get(key)
    if (known !== undefined && known.until > now) return known.verdict
    const verdict = this.#review(token, path)
    if (this.#verdicts.size >= remembered) this.#verdicts.clear()
    this.#verdicts.set(key, { verdict, until: (now + trustFor) as Instant })
    return verdict
  }

  async #review(token: string, path: string): Promise<Verdict> {
    try {
      const found = await this.#ask(resources.tokenReviews, { token })
      if (found['authenticated'] !== true) return refusal(401, 'the token is not valid')
      const { username: user = '', uid, groups, extra } = found['user'] as User
      const nonResourceAttributes = { path, verb: 'get' }
      const review = { user, uid, groups, extra, nonResourceAttributes }
      const { allowed } = await this.#ask(resources.subjectAccessReviews, review)
      return allowed === true ? { allowed: true } : refusal(403, `${user} may not get ${path}`)
    } catch (cause) {
      this.#deps.log.warn('who asks for the metrics cannot be checked', { cause: String(cause) })
      // Not remembered: the next one who asks may find the API server back.
      this.#verdicts.clear()
      return refusal(503, 'the API server cannot say who you are')
    }
  }

  /** Reviews are asked for, not stored: they have no name. */
  async #ask(resource: Resource, spec: object): Promise<Readonly<Record<string, unknown>>> {
    const review: RawObject = { metadata: { name: '' }, spec }
    const { status } = await this.#deps.client.create(resource, review)
    return (status ?? {}) as Readonly<Record<string, unknown>>
  }
}

/** What the metrics server of a process in a cluster needs for this protection. */
export function accessOf(protection: MetricsProtection, deps: ReviewerDeps): Access {
  const guard = protection.reviewed ? { guard: new MetricsReviewer(deps) } : {}
  return { ...certificateOf(protection, deps.log), ...guard }
}

export type Access = Pick<MetricsServerDeps, 'certificate' | 'guard'>

export function certificateOf(
  { certificate, tls }: MetricsProtection,
  log: Logger,
): Pick<Access, 'certificate'> {
  return certificate === undefined ? {} : { certificate: new Certificate(certificate, log, tls) }
}

/** For an endpoint in the clear beside one that is protected: of the metrics it has nothing to give. */
export const probesOnly: Guard = {
  admit: async () => refusal(403, 'the metrics are served over HTTPS, at another port'),
}
