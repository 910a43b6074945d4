/* The sessions of this node: one per BGPPeer that makes sense, kept as long as its parameters stay the same. */
import type { AnnouncerHost, Resource } from '#core/announcer.ts'
import { isPeerFault, readPeer, type BgpPeer } from '#core/bgp/peer.ts'
import type { RouteTable } from '#core/bgp/routes.ts'
import type { Address } from '#core/model/address.ts'

import { describeFailure, type Failure } from './errors.ts'
import type { BgpMetrics } from './metrics.ts'
import { familyFault } from './outbound.ts'
import { PeerObserver } from './peer-observer.ts'
import { PeerSession } from './peer-session.ts'
import type { PeerView } from './status.ts'
import type { IncomingConnection, Transport } from './transport.ts'
import { cease, errorCode } from './wire/iana.ts'
import { notification, shutdownNotification, type Notification } from './wire/notification.ts'

export interface PeerSetDeps {
  readonly host: AnnouncerHost
  readonly transport: Transport
  readonly metrics: BgpMetrics
  /** Sets or clears the password that incoming connections from the address must know. */
  protect(address: Address, password: Uint8Array | undefined): void
}

/** A resource as it was last read. */
type Member =
  | { readonly revision: string; readonly problem: string }
  | {
      readonly revision: string
      readonly settings: Settings
      readonly session: PeerSession
      readonly observer: PeerObserver
    }

/** Everything a session depends on. */
interface Settings {
  readonly peer: BgpPeer
  readonly password?: Uint8Array
}

export class PeerSet {
  readonly #deps: PeerSetDeps
  readonly #members = new Map<string, Member>()

  constructor(deps: PeerSetDeps) {
    this.#deps = deps
  }

  names(): string[] {
    return [...this.#members.keys()]
  }

  /**
   * Makes the sessions match the resources; true when a Secret could not be read and should be asked for again.
   * Sessions whose settings stay the same are not touched.
   */
  async keep(resources: readonly Resource[], signal: AbortSignal): Promise<boolean> {
    const wanted = new Set(resources.map(({ name }) => name))
    const leaving = [...this.#members.keys()].filter((name) => !wanted.has(name))
    await Promise.all(
      leaving.map((name) => this.#remove(name, notification(errorCode.cease, cease.deconfigured))),
    )
    const changed = resources.filter(({ name, revision }) => {
      const member = this.#members.get(name)
      return member === undefined || member.revision !== revision || 'problem' in member
    })
    const unread = await Promise.all(changed.map((resource) => this.#update(resource, signal)))
    return unread.includes(true)
  }

  announce(tables: ReadonlyMap<string, RouteTable>): void {
    for (const [name, member] of this.#members) {
      const table = tables.get(name)
      if ('session' in member && table !== undefined) member.session.announce(table)
    }
  }

  accept(connection: IncomingConnection): void {
    const welcome = [...this.#members.values()].some(
      (member) =>
        'session' in member &&
        member.settings.peer.address === connection.remote &&
        member.session.accept(connection),
    )
    if (!welcome) connection.end()
  }

  views(): PeerView[] {
    return [...this.#members].map(([name, member]) =>
      'session' in member ? view(name, member) : faulty(name, member),
    )
  }

  async close(): Promise<void> {
    const farewell = shutdownNotification(cease.shutdown, 'Herald stops')
    await Promise.all(this.names().map((name) => this.#remove(name, farewell)))
  }

  /** True when a Secret could not be read. */
  async #update(resource: Resource, signal: AbortSignal): Promise<boolean> {
    const { name, revision } = resource
    const peer = readPeer(resource)
    if (isPeerFault(peer)) {
      await this.#reject(name, revision, { reason: 'InvalidPeer', field: peer.field, detail: peer.message })
      return false
    }
    const password = await this.#password(peer, signal)
    if (signal.aborted) return true
    if (password !== undefined && 'reason' in password) {
      await this.#withoutPassword(resource, peer, password)
      return true
    }
    await this.#renew(revision, { peer, ...(password && { password }) })
    return false
  }

  /** A session that runs goes on with the password it has; anything else waits for the new one. */
  async #withoutPassword({ name, revision }: Resource, peer: BgpPeer, failure: Failure): Promise<void> {
    const member = this.#members.get(name)
    if (member === undefined || 'problem' in member || !isSame(member.settings.peer, peer)) {
      await this.#reject(name, revision, failure)
      return
    }
    const message = member.observer.describe(failure)
    this.#deps.host.report({
      kind: 'peer',
      peer: name,
      state: member.session.state,
      reason: failure.reason,
      message,
    })
  }

  async #renew(revision: string, settings: Settings): Promise<void> {
    const { name, address } = settings.peer
    const member = this.#members.get(name)
    if (
      member !== undefined &&
      'session' in member &&
      isSame(identity(member.settings), identity(settings))
    ) {
      this.#members.set(name, { ...member, revision })
      return
    }
    await this.#remove(name, notification(errorCode.cease, cease.configurationChange))
    const { host, transport, metrics } = this.#deps
    const observer = new PeerObserver(host, metrics, settings.peer)
    const { node, clock, random } = host
    const session = new PeerSession({ ...settings, node, clock, random, transport, observer })
    this.#members.set(name, { revision, settings, session, observer })
    this.#deps.protect(address, settings.password)
    session.start()
  }

  async #reject(name: string, revision: string, failure: Failure): Promise<void> {
    await this.#remove(name, notification(errorCode.cease, cease.configurationChange))
    const problem = describeFailure(failure, { peer: `BGPPeer ${name}`, hasPassword: true, localAs: 0 })
    this.#members.set(name, { revision, problem })
    const { reason } = failure
    this.#deps.host.report({ kind: 'peer', peer: name, state: 'Idle', reason, message: problem })
  }

  async #remove(name: string, farewell: Notification): Promise<void> {
    const member = this.#members.get(name)
    this.#members.delete(name)
    if (member === undefined || 'problem' in member) return
    member.session.announce(new Map())
    await member.session.stop(farewell)
    this.#deps.protect(member.settings.peer.address, undefined)
    member.observer.removed()
  }

  async #password(
    { passwordSecret }: BgpPeer,
    signal: AbortSignal,
  ): Promise<Uint8Array | Failure | undefined> {
    if (passwordSecret === undefined) return undefined
    try {
      const secret = await untilAborted(this.#deps.host.secret(passwordSecret), signal)
      const { password } = secret
      if (password !== undefined && password.length > 0) return password
      return { reason: 'SecretUnavailable', detail: `Secret ${passwordSecret.name} has no key "password"` }
    } catch (error) {
      return { reason: 'SecretUnavailable', detail: error instanceof Error ? error.message : String(error) }
    }
  }
}

/** A Uint8Array is no JSON array. */
function identity({ peer, password }: Settings): unknown {
  return [peer, password && [...password]]
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function view(name: string, { session, observer }: Extract<Member, { session: PeerSession }>): PeerView {
  const { outbound, failure, state } = session
  return {
    name,
    established: outbound !== undefined,
    detail: failure === undefined ? state : `${state}, ${observer.describe(failure)}`,
    holds: (prefix) => session.rib.holds(prefix),
    familyFault: (family) => outbound && familyFault(outbound, family),
  }
}

function faulty(name: string, { problem }: Extract<Member, { problem: string }>): PeerView {
  return { name, established: false, detail: problem, holds: () => false, familyFault: () => undefined }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return await new Promise<T>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('gave up waiting')), { once: true })
    promise.then(resolve, reject)
  })
}
