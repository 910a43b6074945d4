/* The lab's own way to an API server: requests over a socket file, with nothing in between. */
import { Agent, request } from 'node:https'

export interface ApiClientOptions {
  readonly socketPath: string
  /** PEM. */
  readonly ca: string
  readonly token: string
}

export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  // Whatever the kind has.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [field: string]: any
}

export interface ApiResponse {
  readonly status: number
  readonly body: string
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const
export type PatchType = keyof typeof patchTypes

/** Paths are the API's own: `/api/v1/namespaces/default/services/web/status`. */
export class ApiClient {
  readonly #options: ApiClientOptions
  readonly #agent: Agent

  constructor(options: ApiClientOptions) {
    this.#options = options
    this.#agent = new Agent({ keepAlive: true, maxSockets: 8 })
  }

  /** Whatever the status is; rejects when there is no answer. */
  raw(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<ApiResponse> {
    const { socketPath, ca, token } = this.#options
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${token}`,
      ...(payload === undefined
        ? {}
        : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
    }
    return new Promise((resolve, reject) => {
      const servername = 'kubernetes.default.svc'
      const options = {
        method,
        path,
        headers,
        ca,
        servername,
        socketPath,
        agent: this.#agent,
        timeout: 30_000,
      }
      const sent = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
        })
      })
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 30 s`)))
      sent.on('error', reject)
      sent.end(payload)
    })
  }

  get(path: string): Promise<ApiObject> {
    return this.#ask('GET', path)
  }

  /** Undefined when there is none of this name. */
  async find(path: string): Promise<ApiObject | undefined> {
    const { status, body } = await this.raw('GET', path)
    if (status === 404) return undefined
    return parsed('GET', path, status, body)
  }

  async list(path: string): Promise<readonly ApiObject[]> {
    const { items } = await this.#ask('GET', path)
    return items as readonly ApiObject[]
  }

  create(path: string, object: object): Promise<ApiObject> {
    return this.#ask('POST', path, object)
  }

  replace(path: string, object: object): Promise<ApiObject> {
    return this.#ask('PUT', path, object)
  }

  patch(path: string, patch: unknown, type: PatchType = 'merge'): Promise<ApiObject> {
    return this.#ask('PATCH', path, patch, patchTypes[type])
  }

  delete(path: string): Promise<ApiObject> {
    return this.#ask('DELETE', path)
  }

  async #ask(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiObject> {
    const { status, body: text } = await this.raw(method, path, body, contentType)
    return parsed(method, path, status, text)
  }
}

function parsed(method: string, path: string, status: number, body: string): ApiObject {
  if (status < 300) return JSON.parse(body) as ApiObject
  throw new Error(`${method} ${path}: ${status} ${body}`)
}
