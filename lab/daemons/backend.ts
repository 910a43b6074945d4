/*
 * The application behind a service: says over HTTP which pod answered and whom it saw, as the walk-through's example
 * does, and over UDP the same with the datagram's text.
 */
import type { LabNode } from '../node.ts'
import { Daemon, type Program } from './daemon.ts'

export interface BackendOptions {
  readonly podName: string
  /** Default: the node's first IPv4 address. */
  readonly podIp?: string
  /** The Kubernetes node it runs on. Default: the lab node's name. */
  readonly hostName?: string
  /** Default 8080. */
  readonly tcpPorts?: readonly number[]
  readonly udpPorts?: readonly number[]
}

/** What it answers; `echo` over UDP only. */
export interface BackendAnswer {
  readonly pod_name: string
  readonly pod_ip: string
  readonly host_name: string
  readonly client_ip: string
  readonly echo?: string
}

type Identity = Omit<BackendAnswer, 'client_ip' | 'echo'>
type Ports = { readonly tcp: readonly number[]; readonly udp: readonly number[] }

export class Backend extends Daemon {
  readonly #identity: Identity
  readonly #ports: Ports

  constructor(node: LabNode, options: BackendOptions) {
    super(node, 'backend')
    this.#identity = {
      pod_name: options.podName,
      pod_ip: options.podIp ?? node.address(),
      host_name: options.hostName ?? node.name,
    }
    this.#ports = { tcp: options.tcpPorts ?? [8080], udp: options.udpPorts ?? [] }
  }

  protected override async prepare(): Promise<void> {}

  protected override programs(): readonly Program[] {
    const source = `(${serve.toString()})(${JSON.stringify(this.#identity)}, ${JSON.stringify(this.#ports)})`
    const argv = [process.execPath, '-e', source]
    return [{ name: 'backend', argv, answers: () => this.process('backend').output.includes('serving') }]
  }
}

/** Runs in the other process, as text: it may use nothing from outside itself. */
function serve(identity: Identity, ports: Ports): void {
  const http = process.getBuiltinModule('node:http')
  const dgram = process.getBuiltinModule('node:dgram')
  const answer = (address: string, more: object = {}): string =>
    `${JSON.stringify({ ...identity, client_ip: address.replace(/^::ffff:/, ''), ...more })}\n`
  let closed = ports.tcp.length + ports.udp.length
  const opened = (): void => {
    closed -= 1
    if (closed === 0) console.log('serving')
  }
  for (const port of ports.tcp) {
    const server = http.createServer((request, response) =>
      response.end(answer(request.socket.remoteAddress ?? '')),
    )
    server.listen(port, '::', opened)
  }
  for (const port of ports.udp) {
    const socket = dgram.createSocket('udp6')
    socket.on('message', (data, { address, port: from }) => {
      socket.send(answer(address, { echo: data.toString() }), from, address)
    })
    socket.bind(port, '::', opened)
  }
}
