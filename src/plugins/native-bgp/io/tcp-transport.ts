/*
 * The transport over the kernel's TCP.
 *
 *   connect ──► socket by koffi (source, key) ──► net.Socket ──┐
 *   listen ───► socket by koffi (key per peer) ─► net.Server ──┴─► Connection
 */
import { once } from 'node:events'
import { Server, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { getSystemErrorMap } from 'node:util'

import { familyOf, parseAddress, type Address, type Family } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { close } from '#platform/linux/libc.ts'
import { isSystemError } from '#platform/linux/system-error.ts'
import {
  connectionsWaiting,
  demandMinTtl,
  openTcpListener,
  openTcpSocket,
  setTcpMd5Key,
} from '#platform/linux/tcp-socket.ts'

import type {
  Connection,
  ConnectionEnds,
  ConnectionEvents,
  ConnectOptions,
  IncomingConnection,
  Listener,
  Transport,
} from '../transport.ts'

import { EarlierConnections } from './earlier-connections.ts'
import { Demands, sign } from './sign.ts'

/** How long a peer may take to read a farewell. */
const farewellTime = seconds(1)

export function tcpTransport(clock: Clock): Transport {
  return {
    connect: (options) => new SocketConnection(clock, outgoing(options)),
    listen: (port, accept) => listen(port, (socket, far) => accept(new Accepted(clock, socket, far))),
  }
}

/** What connecting needs: a way to begin, or the reason there is none. */
type Source =
  | { readonly socket: Socket; readonly fd: number; readonly begin: () => void }
  | { readonly code: string; readonly detail: string }

function outgoing(options: ConnectOptions): Source {
  const { address, port, sourceAddress, signature, minTtl } = options
  const host = options.interface === undefined ? address : `${address}%${options.interface}`
  try {
    const fd = openTcpSocket({
      family: familyOf(address),
      ...(sourceAddress && { source: sourceAddress }),
    })
    try {
      if (signature !== undefined) sign(fd, address, signature)
      if (minTtl !== undefined) demandMinTtl(fd, familyOf(address), minTtl)
    } catch (error) {
      close(fd)
      throw error
    }
    // Undocumented: without `manualStart` the constructor reads from a socket that is not connected yet.
    const way = { fd, manualStart: true, readable: true, writable: true }
    const socket = new Socket(way)
    return { socket, fd, begin: () => socket.connect({ host, port }) }
  } catch (error) {
    return failure(error)
  }
}

class SocketConnection implements Connection {
  readonly #clock: Clock
  readonly #source: Source

  constructor(clock: Clock, source: Source) {
    this.#clock = clock
    this.#source = source
  }

  start(events: ConnectionEvents): void {
    const source = this.#source
    if ('code' in source) {
      queueMicrotask(() => events.closed(source.code, source.detail))
      return
    }
    relay(source.socket, events)
    source.socket.once('connect', () => events.connected(endsOf(source.socket)))
    source.begin()
  }

  write(bytes: Uint8Array): boolean {
    return 'socket' in this.#source && this.#source.socket.write(bytes)
  }

  rekey(peer: Address, password: Uint8Array): boolean {
    const source = this.#source
    return 'socket' in source && !source.socket.destroyed && rekey(source.fd, peer, password)
  }

  /** Done before connecting. */
  demandTtl(): void {}

  end(): void {
    if ('socket' in this.#source) finish(this.#clock, this.#source.socket)
  }
}

class Accepted implements IncomingConnection {
  readonly remote: Address
  readonly interface?: string
  readonly #clock: Clock
  readonly #socket: Socket

  constructor(clock: Clock, socket: Socket, { address, zone }: Zoned) {
    this.#clock = clock
    this.#socket = socket
    this.remote = address
    if (zone !== undefined) this.interface = zone
    // A connection nobody wants may break before it is ended.
    socket.on('error', () => {})
  }

  start(events: ConnectionEvents): void {
    relay(this.#socket, events)
    events.connected(endsOf(this.#socket))
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes)
  }

  rekey(peer: Address, password: Uint8Array): boolean {
    const fd = descriptorOf(this.#socket)
    return fd !== undefined && rekey(fd, peer, password)
  }

  demandTtl(minTtl: number): void {
    const fd = descriptorOf(this.#socket)
    if (fd === undefined) throw new Error('the connection is gone')
    demandMinTtl(fd, familyOf(this.remote), minTtl)
  }

  end(): void {
    finish(this.#clock, this.#socket)
  }
}

/** The kernel replaces the key of a connection that has one. */
function rekey(fd: number, peer: Address, password: Uint8Array): boolean {
  try {
    setTcpMd5Key(fd, peer, password)
    return true
  } catch {
    return false
  }
}

/** Undocumented, and the only way to the descriptor of a connection that Node accepted. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}

function relay(socket: Socket, events: ConnectionEvents): void {
  let over = { code: 'END', detail: 'the peer closed it' }
  socket.setNoDelay(true)
  socket.on('data', (chunk: Uint8Array) => events.data(chunk))
  socket.on('drain', () => events.drained())
  socket.on('error', (error) => {
    over = failure(error)
  })
  socket.once('close', () => events.closed(over.code, over.detail))
}

function finish(clock: Clock, socket: Socket): void {
  if (socket.connecting) {
    socket.destroy()
    return
  }
  const cancel = clock.after(farewellTime, () => socket.destroy())
  socket.once('close', cancel)
  // Nothing more is wanted from the peer, but its bytes must be read for its FIN to arrive.
  socket.resume()
  socket.end()
}

async function listen(port: number, accept: Accept): Promise<Listener> {
  const doors = new Map<Family, Door>()
  const servers: Server[] = []
  try {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const fd = bound(family, port)
      if (fd === undefined) continue
      const door = { demands: new Demands(fd), earlier: new EarlierConnections(() => connectionsWaiting(fd)) }
      doors.set(family, door)
      servers.push(await serve(fd, door.earlier, accept))
    }
  } catch (error) {
    await Promise.all(servers.map(closed))
    throw error
  }
  return {
    protect: (address, signature) => {
      const door = doors.get(familyOf(address))
      door?.demands.set(address, signature)
      if (signature !== undefined) door?.earlier.refuse(address)
    },
    close: async () => {
      doors.clear()
      await Promise.all(servers.map(closed))
    },
  }
}

type Accept = (socket: Socket, remote: Zoned) => void

/** What a listening socket demands, and of whom not yet. */
interface Door {
  readonly demands: Demands
  readonly earlier: EarlierConnections
}

/** Undefined on a host without the family. */
function bound(family: Family, port: number): number | undefined {
  try {
    return openTcpListener(family, port)
  } catch (error) {
    if (isSystemError(error, 'EAFNOSUPPORT', 'EADDRNOTAVAIL') && family === 'IPv6') return undefined
    throw error
  }
}

async function serve(fd: number, earlier: EarlierConnections, accept: Accept): Promise<Server> {
  const server = new Server((socket) => {
    const remote = zoned(socket.remoteAddress)
    const isEarlier = earlier.isOne(remote?.address)
    if (remote === undefined || isEarlier) socket.destroy()
    else accept(socket, remote)
  })
  server.listen({ fd })
  await once(server, 'listening')
  return server
}

async function closed(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

function endsOf(socket: Socket): ConnectionEnds {
  const { address: local, zone } = zoned(socket.localAddress) ?? { address: socket.localAddress as Address }
  const interfaces = networkInterfaces()
  const own = zone === undefined ? holderOf(local, interfaces) : interfaces[zone]
  const addresses = (own ?? []).filter(({ internal, scopeid }) => !internal && !scopeid)
  return { local, interfaceAddresses: addresses.flatMap(({ address }) => parseAddress(address) ?? []) }
}

type Interfaces = ReturnType<typeof networkInterfaces>

function holderOf(local: Address, interfaces: Interfaces): Interfaces[string] {
  const has = ({ address }: { readonly address: string }): boolean => parseAddress(address) === local
  return Object.values(interfaces).find((entries) => entries?.some(has))
}

interface Zoned {
  readonly address: Address
  /** The name of the interface. */
  readonly zone?: string
}

/** `fe80::1%eth0`: Node writes the link of a link-local address behind it (RFC 4007 §11). */
function zoned(text = ''): Zoned | undefined {
  const [start = '', zone] = text.split('%')
  const address = parseAddress(start)
  return address && { address, ...(zone === undefined ? {} : { zone }) }
}

function failure(error: unknown): { readonly code: string; readonly detail: string } {
  if (isSystemError(error)) return { code: error.code, detail: error.message }
  const { code, errno, message } = error as NodeJS.ErrnoException
  const [name, text] = getSystemErrorMap().get(errno ?? 0) ?? [code ?? 'ERROR', message]
  return { code: name, detail: `${text} (${name})` }
}
