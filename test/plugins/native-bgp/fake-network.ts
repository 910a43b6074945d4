/* TCP in memory: routers that speak BGP with our own codec, reached through the transport port. */
import { prefixText } from '#core/bgp/prefix.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { negotiate, openFor, isRefusal, type LocalSide } from '#plugins/native-bgp/fsm/negotiate.ts'
import type { Signature } from '#plugins/native-bgp/signature.ts'
import type {
  Connection,
  ConnectionEnds,
  ConnectionEvents,
  ConnectOptions,
  IncomingConnection,
  Listener,
  Transport,
} from '#plugins/native-bgp/transport.ts'
import type { AttributeContext } from '#plugins/native-bgp/wire/attributes.ts'
import { Framer } from '#plugins/native-bgp/wire/framer.ts'
import { decode, encode, type Message, type Received } from '#plugins/native-bgp/wire/message.ts'
import type { Notification } from '#plugins/native-bgp/wire/notification.ts'
import type { KnownAttribute } from '#plugins/native-bgp/wire/path-attributes.ts'
import type { Update } from '#plugins/native-bgp/wire/update.ts'

export const ip = (text: string): Address => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

/** Both ends of one connection; bytes arrive in a microtask, in order. */
export class Pipe implements IncomingConnection {
  readonly remote: Address
  readonly options: ConnectOptions | undefined
  interface?: string
  /** What our side wrote, not yet taken by the far side when it is `slow`. */
  slow = false
  open = false
  rekeyed: string | undefined
  minTtl: number | undefined
  readonly #ends: ConnectionEnds
  #events: ConnectionEvents | undefined
  #far: { data(bytes: Uint8Array): void; closed(): void } | undefined
  #held: Uint8Array[] = []

  constructor(remote: Address, ends: ConnectionEnds, options?: ConnectOptions) {
    this.remote = remote
    this.#ends = ends
    this.options = options
  }

  /** How many octets wait for a slow far side. */
  get held(): number {
    return this.#held.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  // Our side

  start(events: ConnectionEvents): void {
    this.#events = events
    this.started()
  }

  /** Replaced for outgoing connections, which the network has to let through first. */
  started = (): void => this.connect()

  write(bytes: Uint8Array): boolean {
    if (this.slow) this.#held.push(bytes)
    else queueMicrotask(() => this.open && this.#far?.data(bytes))
    return !this.slow
  }

  rekey(_peer: Address, password: Uint8Array): boolean {
    this.rekeyed = new TextDecoder().decode(password)
    return true
  }

  demandTtl(minTtl: number): void {
    this.minTtl = minTtl
  }

  end(): void {
    queueMicrotask(() => this.#finish('END', 'we closed it'))
  }

  // The far side

  attach(far: { data(bytes: Uint8Array): void; closed(): void }): void {
    this.#far = far
  }

  connect(): void {
    this.open = true
    this.#events?.connected(this.#ends)
  }

  fail(code: string): void {
    queueMicrotask(() => this.#events?.closed(code, code))
  }

  deliver(bytes: Uint8Array): void {
    queueMicrotask(() => this.open && this.#events?.data(bytes))
  }

  drain(): void {
    this.slow = false
    const held = this.#held
    this.#held = []
    for (const bytes of held) this.#far?.data(bytes)
    this.#events?.drained()
  }

  cut(code = 'END'): void {
    queueMicrotask(() => this.#finish(code, code))
  }

  #finish(code: string, detail: string): void {
    const events = this.#events
    this.#events = undefined
    if (this.open) this.#far?.closed()
    this.open = false
    events?.closed(code, detail)
  }
}

export interface RouterOptions {
  readonly address: string
  readonly as: number
  readonly remoteAs?: number
  readonly holdTime?: number
  readonly identifier?: string
  /** Announces no capability at all. */
  readonly plain?: boolean
}

/** A BGP speaker that answers as a router does, and keeps what it is told. */
export class FakeRouter {
  readonly address: Address
  readonly side: LocalSide
  /** Attributes by prefix text. */
  readonly rib = new Map<string, readonly KnownAttribute[]>()
  readonly received: Received[] = []
  readonly notifications: Notification[] = []
  updates = 0
  pipe: Pipe | undefined
  /** What becomes of connection attempts. */
  mode: 'answer' | 'refuse' | 'silent' | 'mute' = 'answer'
  /** Sends KEEPALIVE for KEEPALIVE. */
  alive = true
  readonly #plain: boolean
  #context: AttributeContext = { fourOctetAs: false, internal: false }

  constructor(options: RouterOptions) {
    this.address = ip(options.address)
    this.#plain = options.plain === true
    this.side = {
      as: options.as,
      remoteAs: options.remoteAs ?? 'external',
      identifier: ip(options.identifier ?? '10.255.255.1'),
      holdTime: options.holdTime ?? 90,
    }
  }

  serve(pipe: Pipe): void {
    this.pipe = pipe
    const framer = new Framer()
    pipe.attach({
      data: (bytes) => {
        for (const frame of framer.push(bytes)) {
          if (frame.kind === 'frame') this.#take(decode(frame, this.#context))
        }
      },
      closed: () => this.#forget(pipe),
    })
    const open = openFor(this.side)
    if (this.mode !== 'mute') {
      this.send({ type: 'open', open: this.#plain ? { ...open, parameters: [] } : open })
    }
  }

  send(message: Message): void {
    this.sendBytes(encode(message, this.#context))
  }

  sendBytes(bytes: Uint8Array): void {
    this.pipe?.deliver(bytes)
  }

  #forget(pipe: Pipe): void {
    if (this.pipe !== pipe) return
    this.pipe = undefined
    this.rib.clear()
    this.#context = { fourOctetAs: false, internal: false }
  }

  #take(message: Received): void {
    this.received.push(message)
    if (this.mode === 'mute') return
    if (message.type === 'open') {
      const result = negotiate({ ...this.side, remoteAs: 'external' }, message.open)
      const loose = negotiate({ ...this.side, remoteAs: 'internal' }, message.open)
      const agreed = isRefusal(result) ? loose : result
      if (!isRefusal(agreed)) {
        this.#context = { ...agreed, fourOctetAs: agreed.fourOctetAs && !this.#plain }
      }
      this.send({ type: 'keepalive' })
    }
    if (message.type === 'keepalive' && this.alive) this.send({ type: 'keepalive' })
    if (message.type === 'notification') this.notifications.push(message.notification)
    if (message.type === 'update' && message.verdict.action === 'accept') this.#learn(message.verdict.update)
  }

  #learn({ withdrawn, nlri, attributes }: Update): void {
    this.updates++
    const known = attributes.filter((one) => one.name !== 'unknown')
    for (const prefix of withdrawn) this.rib.delete(prefixText(prefix))
    for (const prefix of nlri) this.rib.set(prefixText(prefix), known)
    for (const one of known) {
      if (one.name === 'mpReach' && !(one.value.nlri instanceof Uint8Array)) {
        for (const prefix of one.value.nlri) this.rib.set(prefixText(prefix), known)
      }
      if (one.name === 'mpUnreach' && !(one.value.withdrawn instanceof Uint8Array)) {
        for (const prefix of one.value.withdrawn) this.rib.delete(prefixText(prefix))
      }
    }
  }
}

export class FakeNetwork implements Transport {
  readonly attempts: ConnectOptions[] = []
  /** What connections from an address must be signed with. */
  readonly demands = new Map<Address, Signature | undefined>()
  /** The node's own end of every connection. */
  ends: ConnectionEnds = {
    local: ip('172.16.1.11'),
    interfaceAddresses: [ip('172.16.1.11'), ip('fd00:172:16:1::11')],
  }
  portTaken = false
  /** Like a kernel without TCP-MD5. */
  unprotectable = false
  #listening: ((connection: IncomingConnection) => void) | undefined
  readonly #routers = new Map<Address, FakeRouter>()

  add(options: RouterOptions): FakeRouter {
    const router = new FakeRouter(options)
    this.#routers.set(router.address, router)
    return router
  }

  get listening(): boolean {
    return this.#listening !== undefined
  }

  connect(options: ConnectOptions): Connection {
    this.attempts.push(options)
    const router = this.#routers.get(options.address)
    const pipe = new Pipe(options.address, this.ends, options)
    pipe.started = () => {
      if (router === undefined || router.mode === 'silent') return
      if (router.mode === 'refuse') pipe.fail('ECONNREFUSED')
      else queueMicrotask(() => this.#join(router, pipe))
    }
    return pipe
  }

  async listen(port: number, accept: (connection: IncomingConnection) => void): Promise<Listener> {
    if (this.portTaken) throw new Error(`bind (IPv4 port ${port}): address already in use (EADDRINUSE)`)
    this.#listening = accept
    return {
      protect: (address, signature) => {
        if (this.unprotectable) throw new Error('setsockopt (TCP_MD5SIG): ENOPROTOOPT')
        this.demands.set(address, signature)
      },
      close: async () => {
        this.#listening = undefined
      },
    }
  }

  /** The router opens a connection to us; undefined when we do not listen. */
  call(router: FakeRouter, link?: string): Pipe | undefined {
    if (this.#listening === undefined) return undefined
    const pipe = new Pipe(router.address, this.ends)
    if (link !== undefined) pipe.interface = link
    router.serve(pipe)
    pipe.open = true
    this.#listening(pipe)
    return pipe
  }

  #join(router: FakeRouter, pipe: Pipe): void {
    router.serve(pipe)
    pipe.connect()
  }
}
