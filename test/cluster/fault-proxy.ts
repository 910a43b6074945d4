/* Plain HTTP in front of the real API server, on the loopback interface: counts what passes, and makes it fail. */
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'

import type { ControlPlane } from '#lab/index.ts'

export interface Passed {
  readonly method: string
  readonly path: string
  readonly watch: boolean
}

/** An HTTP status instead of the answer, `reset` for a connection that breaks before, `lost` for one after. */
export type Fault = number | 'reset' | 'lost' | undefined

export class FaultProxy {
  readonly passed: Passed[] = []
  /** Asked for every request. */
  fault: (request: Passed) => Fault = () => undefined
  private readonly plane: ControlPlane
  private readonly server: Server
  private readonly sockets = new Set<Socket>()
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 })
  private readonly token: string | undefined

  /** `token`: instead of the one that requests carry. */
  constructor(plane: ControlPlane, token?: string) {
    this.plane = plane
    this.token = token
    this.server = createServer((incoming, response) => this.forward(incoming, response))
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
      socket.on('error', () => {})
    })
  }

  /** Settles with the path of a kubeconfig that leads through the proxy. */
  async open(name: string, token: string): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    const { port } = this.server.address() as AddressInfo
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true }
    const file = join(this.plane.directory, `${name}.proxy.kubeconfig`)
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: name } }],
      'current-context': 'c',
    }
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
    return file
  }

  resetAll(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  /** What has been written since `from` (an index into `passed`), the Lease apart. */
  writesSince(from: number): readonly Passed[] {
    return this.passed.slice(from).filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'))
  }

  async close(): Promise<void> {
    this.resetAll()
    this.agent.destroy()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const url = new URL(incoming.url ?? '/', 'http://x')
    const { method = 'GET' } = incoming
    const passed = { method, path: url.pathname, watch: url.searchParams.get('watch') === 'true' }
    this.passed.push(passed)
    const fault = this.fault(passed)
    if (fault === 'reset') {
      incoming.socket.resetAndDestroy()
      return
    }
    if (typeof fault === 'number') {
      const status = {
        kind: 'Status',
        status: 'Failure',
        code: fault,
        message: 'injected',
        reason: 'Expired',
      }
      const headers = { 'content-type': 'application/json', 'retry-after': '1' }
      incoming.resume().on('end', () => response.writeHead(fault, headers).end(JSON.stringify(status)))
      return
    }
    const outgoing = request(
      {
        method,
        path: incoming.url,
        headers: {
          ...incoming.headers,
          host: 'x',
          ...(this.token && { authorization: `Bearer ${this.token}` }),
        },
        socketPath: join(this.plane.directory, 'api.sock'),
        ca: this.plane.ca(),
        servername: 'kubernetes.default.svc',
        agent: this.agent,
      },
      (answer) => {
        if (fault === 'lost') {
          answer.resume()
          incoming.socket.resetAndDestroy()
          return
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      },
    )
    outgoing.on('error', () => incoming.socket.resetAndDestroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  }
}
