/* The sessions of this node: one per BGPPeer that makes sense, kept as long as its settings stay the same. */
import type { AnnouncerHost, Resource } from '#core/announcer.ts'
import type { BgpPeer } from '#core/bgp/peer.ts'
import type { RouteTable } from '#core/bgp/routes.ts'
import type { PeerView } from '#core/bgp/target-status.ts'
import { messageOf } from '#core/errors.ts'
import type { Address } from '#core/model/address.ts'
import type { Duration } from '#core/model/duration.ts'

import { PeerBfd } from './bfd/peer-bfd.ts'
import type { BfdProfile } from './bfd/profile.ts'
import type { BfdService } from './bfd/service.ts'
import { BfdPeerObserver } from './bfd-peer-observer.ts'
import { describeFault, type ResourceFault } from './errors.ts'
import type { LinkRouters } from './link-routers.ts'
import { say } from './log.ts'
import type { BgpMetrics } from './metrics.ts'
import { familyFault } from './outbound.ts'
import { PeerObserver } from './peer-observer.ts'
import { PeerSession } from './peer-session.ts'
import { isUnusable, readSettings, samePeer, sameSettings, type Settings, type Unusable } from './settings.ts'
import { signatureOf, type Signature } from './signature.ts'
import type { IncomingConnection, Transport } from './transport.ts'
import { cease, errorCode } from './wire/iana.ts'
import { notification, shutdownNotification, type Notification } from './wire/notification.ts'

export interface PeerSetDeps {
  readonly host: AnnouncerHost
  readonly links: LinkRouters
  readonly transport: Transport
  readonly metrics: BgpMetrics
  readonly bfd: BfdService
  /** How long peers with graceful restart may keep our routes while we are away. */
  readonly restartTime: Duration
  /** Sets or clears what incoming connections from the address must be signed with. May throw. */
  protect(address: Address, signature: Signature | undefined): void
}

/** A resource as it was last read. */
type Member = Running | Faulty

interface Running {
  readonly revision: string
  readonly settings: Settings
  readonly session: PeerSession
  readonly observer: PeerObserver
  readonly bfd: PeerBfd
}

interface Faulty {
  readonly revision: string
  readonly fault: ResourceFault
}

export class PeerSet {
  readonly #deps: PeerSetDeps
  readonly #members = new Map<string, Member>()
  /** Addresses whose signature cannot be demanded: their connections are refused. */
  readonly #unguarded = new Set<Address>()

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
    const leaving = this.names().filter((name) => !wanted.has(name))
    const farewell = notification(errorCode.cease, cease.deconfigured)
    await Promise.all(leaving.map((name) => this.#remove(name, farewell)))
    this.#deps.links.keep(linksOf(resources))
    const changed = resources.filter((resource) => this.#isNews(resource))
    const unread = await Promise.all(changed.map((resource) => this.#update(resource, signal)))
    return unread.includes(true)
  }

  /** `profiles` by name of the peer; a peer without one has no BFD. */
  watchPaths(profiles: ReadonlyMap<string, BfdProfile>): void {
    for (const [name, member] of this.#members)
      if (isRunning(member)) member.bfd.configure(profiles.get(name))
  }

  announce(tables: ReadonlyMap<string, RouteTable>): void {
    for (const [name, member] of this.#members) {
      const table = tables.get(name)
      if (isRunning(member) && table !== undefined) member.session.announce(table)
    }
  }

  /** Demands of connections to a port that was just opened what they must be signed with. */
  guardAll(): void {
    for (const member of this.#members.values()) if (isRunning(member)) this.#guard(member.settings.peer)
  }

  accept(connection: IncomingConnection): void {
    const { remote, interface: link } = connection
    const taken =
      !this.#unguarded.has(remote) && this.#at(remote, link).some(({ session }) => session.accept(connection))
    if (!taken) connection.end()
  }

  views(): PeerView[] {
    return [...this.#members].map(([name, member]) =>
      isRunning(member) ? runningView(name, member) : faultyView(name, member),
    )
  }

  async close(): Promise<void> {
    const farewell = shutdownNotification(cease.shutdown, 'Herald stops')
    await Promise.all(this.names().map((name) => this.#remove(name, farewell)))
  }

  #isNews({ name, revision }: Resource): boolean {
    const member = this.#members.get(name)
    if (member === undefined || member.revision !== revision) return true
    return isRunning(member) ? this.#hasMoved(member) : member.fault.reason !== 'InvalidPeer'
  }

  /** The router of its link is another now. */
  #hasMoved({ settings: { peer } }: Running): boolean {
    if (peer.interface === undefined) return false
    const found = this.#deps.links.on(peer.interface)
    return 'router' in found && found.router !== peer.address
  }

  /** True when a Secret could not be read. */
  async #update(resource: Resource, signal: AbortSignal): Promise<boolean> {
    const settings = await readSettings(resource, this.#deps, signal)
    // Nothing was learnt: the next reconcile reads it again.
    if (signal.aborted) return true
    if (!isUnusable(settings)) {
      await this.#renew(resource, settings)
      return false
    }
    if (!this.#goesOn(resource.name, settings)) await this.#reject(resource, settings.fault)
    return settings.fault.reason === 'SecretUnavailable'
  }

  /** A session that runs goes on with the password it has while the new one cannot be read. */
  #goesOn(name: string, { peer, fault }: Unusable): boolean {
    const member = this.#members.get(name)
    if (member === undefined || !isRunning(member)) return false
    if (peer === undefined || !samePeer(member.settings.peer, peer)) return false
    this.#report(name, member.session.state, fault)
    return true
  }

  async #renew({ name, revision }: Resource, settings: Settings): Promise<void> {
    const member = this.#members.get(name)
    if (member !== undefined && isRunning(member) && sameSettings(member.settings, settings)) {
      this.#members.set(name, { ...member, revision })
      return
    }
    if (member !== undefined && isRunning(member) && this.#rekeyed(member, settings)) {
      this.#members.set(name, { ...member, revision, settings })
      this.#guard(settings.peer)
      return
    }
    await this.#remove(name, notification(errorCode.cease, cease.configurationChange))
    const { host, transport, metrics, restartTime } = this.#deps
    const { node, clock, random } = host
    const observer = new PeerObserver(host, metrics, settings.peer)
    const opened = (local: Address): void => bfd.established(local)
    const session = new PeerSession({
      ...settings,
      node,
      clock,
      random,
      restartTime,
      transport,
      observer,
      opened,
    })
    const bfd = this.#bfdFor(settings.peer, session)
    this.#members.set(name, { revision, settings, session, observer, bfd })
    this.#guard(settings.peer)
    session.start()
  }

  /** A session goes on when nothing but its password changes: the next segments carry the new signature. */
  #rekeyed({ settings, session }: Running, { peer, password }: Settings): boolean {
    if (password === undefined || settings.password === undefined) return false
    return samePeer(settings.peer, peer) && session.rekey(password)
  }

  async #reject({ name, revision }: Resource, fault: ResourceFault): Promise<void> {
    const member = this.#members.get(name)
    await this.#remove(name, notification(errorCode.cease, cease.configurationChange))
    this.#members.set(name, { revision, fault })
    const known = member !== undefined && !isRunning(member) && describeFault(member.fault)
    if (known !== describeFault(fault)) this.#report(name, 'Idle', fault)
  }

  async #remove(name: string, farewell: Notification): Promise<void> {
    const member = this.#members.get(name)
    this.#members.delete(name)
    if (member === undefined || !isRunning(member)) return
    member.session.announce(new Map())
    await member.session.stop(farewell)
    member.bfd.close()
    this.#guard(member.settings.peer)
    member.observer.removed()
  }

  #bfdFor(peer: BgpPeer, session: PeerSession): PeerBfd {
    const { host, bfd: service } = this.#deps
    const observer = new BfdPeerObserver(host, peer, () => session.state)
    return new PeerBfd({ peer, service, observer, pathLost: (reason) => session.pathLost(reason) })
  }

  #at(address: Address, link: string | undefined): Running[] {
    return [...this.#members.values()]
      .filter(isRunning)
      .filter(({ settings: { peer } }) => peer.address === address && peer.interface === link)
  }

  /** Without the signature demanded, anybody could speak for the peer: then it may not connect. */
  #guard({ address, interface: link }: BgpPeer): void {
    this.#unguarded.delete(address)
    try {
      const settings = this.#at(address, link)[0]?.settings
      this.#deps.protect(address, settings && signatureOf(settings.peer, settings.password))
    } catch (error) {
      this.#unguarded.add(address)
      const problem = messageOf(error)
      say(this.#deps.host.log, 'unguarded', { address, problem })
    }
  }

  #report(peer: string, state: string, fault: ResourceFault): void {
    const message = describeFault(fault)
    this.#deps.host.report({ kind: 'peer', peer, state, reason: fault.reason, message })
    say(this.#deps.host.log, 'unusable', { peer, problem: message })
  }
}

function linksOf(resources: readonly Resource[]): ReadonlySet<string> {
  const links = resources.map(({ spec }) => spec.interface)
  return new Set(links.filter((link): link is string => typeof link === 'string' && link !== ''))
}

function isRunning(member: Member): member is Running {
  return 'session' in member
}

function runningView(name: string, { session, observer }: Running): PeerView {
  const { outbound, failure, state } = session
  return {
    name,
    established: outbound !== undefined,
    detail: failure === undefined ? state : `${state}, ${observer.describe(failure)}`,
    holds: (prefix) => session.rib.holds(prefix),
    familyFault: (family) => outbound && familyFault(outbound, family),
  }
}

function faultyView(name: string, { fault }: Faulty): PeerView {
  const detail = describeFault(fault)
  return { name, established: false, detail, holds: () => false, familyFault: () => undefined }
}
