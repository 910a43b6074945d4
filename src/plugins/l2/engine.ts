/*
 * The half of the plugin that meets the wire. It runs in the poll-loop thread, or anywhere else with a Wire and a
 * Clock.
 *
 *            apply(delta)                                emit(status, interfaces, conflict, tally)
 *                  │                                                    ▲
 *            ┌─────▼────────────────────────────────────────────────────┴─────┐
 *   links ──►│ targets × usable interfaces → where each target is placed      │──► wire.listen(link, addresses)
 *   frames ─►│ placed, granted, fence open? → answer                          │──► wire.send(link, frame)
 *   clock ──►│ newly granted → probes; nobody answers → gratuitous rounds     │──► wire.send(link, frame)
 *            └────────────────────────────────────────────────────────────────┘
 *
 * Every answer passes `#mayAnswer` right before it is sent: a target without a grant, at stage `arm`, or whose fence
 * slot holds another epoch is silent, whatever was scheduled, and so is one for which somebody else answers.
 */
import type { Fence } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { excludes, type L2Config } from './config.ts'
import { Crier } from './crier.ts'
import { FenceWait } from './fence-wait.ts'
import { gratuitousFrames } from './gratuitous.ts'
import { Interfaces, NOWHERE, type LinkFacts, type Placing } from './interfaces.ts'
import { Listeners } from './listeners.ts'
import type { EngineEvent, L2Delta, L2Target } from './protocol.ts'
import { PendingDeltas } from './pending-deltas.ts'
import { Patrol } from './patrol.ts'
import { probeFrame } from './probe.ts'
import { Prober } from './prober.ts'
import { Reporter } from './reporter.ts'
import { interpret, interpretNeighbor, type Heard } from './responder.ts'
import { statusOf, type Rival } from './status.ts'
import type { Wire } from './wire.ts'
import { macText } from './wire/ethernet.ts'
import type { NeighborMessage } from './wire/ndp.ts'

export interface EngineDeps {
  readonly config: L2Config
  readonly fence: Fence
  readonly clock: Clock
  readonly wire: Wire
  readonly emit: (event: EngineEvent) => void
}

interface Entry {
  target: L2Target
  placing: Placing
  /** By link index: what neighbours on the link have been told, or are being told. */
  readonly cries: Map<number, Cry>
  /** Counter of the epoch for which the wire was found free. */
  free?: number
  rival?: Rival
}

/** One telling of one segment; a new epoch or a new hardware address makes another. */
interface Cry {
  readonly address: Address
  readonly index: number
  readonly content: string
}

/** Also the time a handover may take, in which the former owner rightly answers. */
const WITNESS_PERIOD = seconds(1)

export class Engine {
  readonly #deps: EngineDeps
  readonly #excluded: (name: string) => boolean
  readonly #entries = new Map<Address, Entry>()
  readonly #listeners: Listeners
  readonly #reporter: Reporter
  readonly #fenceWait: FenceWait<Entry>
  readonly #crier: Crier<Cry>
  readonly #prober: Prober
  /** Asks whether somebody else answers too. */
  readonly #witness: Patrol<Address>
  readonly #refresh: Patrol<Address>
  readonly #deltas = new PendingDeltas()
  #interfaces: Interfaces
  #fingerprint: string | undefined
  #ownMacs: ReadonlySet<string> = new Set()

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.#excluded = excludes(deps.config)
    this.#interfaces = new Interfaces([], this.#excluded)
    const { clock, config, wire } = deps
    this.#listeners = new Listeners({ wire, clock, retry: () => this.#settle([]) })
    this.#reporter = new Reporter(clock, deps.emit)
    this.#fenceWait = new FenceWait({
      clock,
      isShut: (entry) => this.#isShut(entry),
      over: (entries) => this.#opened(entries),
    })
    this.#crier = new Crier({ clock, perSecond: config.gratuitousPerSecond, cry: (cry) => this.#cry(cry) })
    this.#prober = new Prober({
      clock,
      perSecond: config.gratuitousPerSecond,
      probe: (address) => this.#probe(address),
      free: (address) => this.#found(address),
    })
    this.#witness = new Patrol({
      clock,
      period: WITNESS_PERIOD,
      perSecond: config.witnessPerSecond,
      visit: (address) => this.#askForOthers(address),
    })
    this.#refresh = new Patrol({
      clock,
      period: seconds(config.refreshSeconds),
      perSecond: config.refreshSeconds === 0 ? 0 : config.gratuitousPerSecond,
      visit: (address) => this.#announceAnew(address),
    })
  }

  /** All links of the node, whenever one of them changes. */
  setLinks(links: readonly LinkFacts[]): void {
    const interfaces = new Interfaces(links, this.#excluded)
    // A busy node tells of its pods' interfaces all the time.
    if (interfaces.fingerprint === this.#fingerprint) return
    this.#fingerprint = interfaces.fingerprint
    this.#interfaces = interfaces
    this.#ownMacs = new Set(links.map(({ hardwareAddress }) => macText(hardwareAddress)))
    for (const link of links) this.#listeners.get(link.index)?.follow(link)
    for (const entry of this.#entries.values()) {
      this.#place(entry)
      this.#inquire(entry)
    }
    this.#settle(this.#entries.values())
    const names = this.#interfaces.usable.map(({ name }) => name)
    this.#deps.emit({ kind: 'interfaces', names, subnets: this.#interfaces.subnets() })
  }

  /** Obeyed when it returns: what was dropped is silent. `applied` is called when all statuses are final. */
  apply({ put, drop }: L2Delta, applied: () => void = () => {}): void {
    // Before the addresses are forgotten, so that no count arrives after their series are gone.
    this.#reporter.flush()
    for (const address of drop) this.#forget(address)
    const touched = put.map((target) => this.#put(target))
    this.#settle(touched)
    const addresses = put.map(({ address }) => address)
    this.#deltas.add(
      addresses.filter((address) => this.#prober.busy(address)),
      applied,
    )
  }

  /** A frame that the wire received on the link. */
  hear(index: number, frame: Uint8Array): void {
    const listener = this.#listeners.get(index)
    if (listener === undefined) return
    for (const heard of interpret(frame, listener)) this.#react(heard, listener.link)
  }

  /** A Neighbour Discovery message from a wire that hears no frames, only ICMPv6. */
  hearNeighbor(index: number, message: NeighborMessage): void {
    const listener = this.#listeners.get(index)
    if (listener === undefined) return
    // Such a wire leaves the hardware address of the answer to the kernel, so nobody's own will do.
    for (const heard of interpretNeighbor(message, listener.mac, listener)) this.#react(heard, listener.link)
  }

  /** The wire can no longer listen on the link; it is tried again. */
  linkBroken(index: number, fault: string): void {
    this.#listeners.get(index)?.break(fault)
    this.#tell(this.#entries.values())
    this.#listeners.scheduleRetry()
  }

  close(): void {
    this.#crier.close()
    this.#prober.close()
    this.#fenceWait.close()
    this.#witness.close()
    this.#refresh.close()
    this.#reporter.flush()
    this.#listeners.close()
  }

  #react(heard: Heard, link: LinkFacts): void {
    const entry = this.#entries.get(heard.address)
    if (entry === undefined || entry.target.stage === 'arm') return
    if (heard.kind === 'claim') return this.#claimed(entry, macText(heard.mac), link)
    this.#reporter.count(heard.address, 'received')
    if (!this.#mayAnswer(entry)) return this.#reporter.count(heard.address, 'fenced')
    if (this.#send(link, heard.answer())) this.#reporter.count(heard.address, 'sent')
  }

  /** While retiring, the next owner’s claims are what was planned. */
  #claimed(entry: Entry, mac: string, link: LinkFacts): void {
    const { target } = entry
    if (target.stage !== 'serve' || !this.#permitted(target) || this.#ownMacs.has(mac)) return
    const rival = { hardwareAddress: mac, via: link.name }
    if (this.#prober.answered(target.address)) this.#taken(entry, rival)
    this.#reporter.rival(target.address, rival)
  }

  #probe(address: Address): void {
    for (const link of this.#entries.get(address)?.placing.links ?? [])
      this.#send(link, probeFrame(address, link.hardwareAddress))
  }

  /** This node's own answers are not heard by itself. */
  #askForOthers(address: Address): void {
    const entry = this.#entries.get(address)
    if (entry !== undefined && this.#mayAnswer(entry)) this.#probe(address)
  }

  #announceAnew(address: Address): void {
    const entry = this.#entries.get(address)
    for (const cry of entry?.cries.values() ?? []) this.#cry(cry)
  }

  #taken(entry: Entry, rival: Rival): void {
    entry.rival = rival
    this.#tell([entry])
    this.#deltas.decided(entry.target.address)
  }

  #found(address: Address): void {
    const entry = this.#entries.get(address)
    if (entry === undefined) return
    accept(entry)
    this.#proclaim(entry)
    this.#crier.run()
    this.#tell([entry])
    this.#deltas.decided(address)
  }

  #cry(cry: Cry): void {
    const entry = this.#entries.get(cry.address)
    const link = this.#listeners.get(cry.index)?.link
    if (entry === undefined || link === undefined) return
    // Also when it began to retire between two rounds: the next owner is being announced by then.
    if (entry.target.stage !== 'serve' || !this.#mayAnswer(entry)) return this.#unsay(entry, cry)
    for (const frame of gratuitousFrames(cry.address, link.hardwareAddress))
      if (this.#send(link, frame)) this.#reporter.count(cry.address, 'gratuitous')
  }

  /** Nobody was told after all: the rounds begin anew once the fence permits. */
  #unsay(entry: Entry, cry: Cry): void {
    this.#crier.stop(cry)
    entry.cries.delete(cry.index)
    this.#fenceWait.await(entry)
  }

  #isShut({ target }: Entry): boolean {
    const known = this.#entries.get(target.address)?.target === target
    return known && target.stage === 'serve' && target.grant !== undefined && !this.#permitted(target)
  }

  #opened(entries: readonly Entry[]): void {
    const known = entries.filter((entry) => this.#entries.get(entry.target.address) === entry)
    for (const entry of known) this.#inquire(entry)
    this.#settle(known)
  }

  #permitted({ stage, grant }: L2Target): boolean {
    return stage !== 'arm' && grant !== undefined && this.#deps.fence.permits(grant)
  }

  #mayAnswer(entry: Entry): boolean {
    return this.#permitted(entry.target) && entry.free === entry.target.grant?.epoch.counter
  }

  #send(link: LinkFacts, frame: Uint8Array): boolean {
    try {
      this.#deps.wire.send(link, frame)
      return true
    } catch {
      this.#reporter.countSendError(link.name)
      return false
    }
  }

  #put(target: L2Target): Entry {
    const entry = this.#entries.get(target.address) ?? { target, placing: NOWHERE, cries: new Map() }
    entry.target = target
    this.#entries.set(target.address, entry)
    this.#place(entry)
    this.#inquire(entry)
    for (const rounds of [this.#witness, this.#refresh])
      if (target.stage === 'serve') rounds.add(target.address)
      else rounds.remove(target.address)
    return entry
  }

  /** Who begins to answer asks first; who has answered under this epoch, or was asked to take over, need not. */
  #inquire(entry: Entry): void {
    const { address, stage, grant } = entry.target
    if (stage === 'retire') accept(entry)
    const nowhere = entry.placing.links.length === 0
    if (nowhere || stage !== 'serve' || grant === undefined || !this.#permitted(entry.target)) {
      this.#prober.stop(address)
      this.#deltas.decided(address)
      this.#fenceWait.await(entry)
    } else if (entry.free !== grant.epoch.counter) {
      if (this.#deps.config.probe && grant.handover !== true) this.#prober.start(address)
      else accept(entry)
    }
  }

  #forget(address: Address): void {
    const entry = this.#entries.get(address)
    if (entry === undefined) return
    this.#prober.stop(address)
    this.#witness.remove(address)
    this.#refresh.remove(address)
    this.#deltas.decided(address)
    this.#listeners.place(address, [])
    this.#unsayElsewhere(entry, new Set())
    this.#entries.delete(address)
    this.#reporter.forget(address)
  }

  #place(entry: Entry): void {
    const { address, interfaces } = entry.target
    entry.placing = this.#interfaces.place(
      address,
      interfaces === undefined ? undefined : new Set(interfaces),
    )
    const { links } = entry.placing
    this.#listeners.place(address, links)
    this.#unsayElsewhere(entry, new Set(links.map(({ index }) => index)))
  }

  #unsayElsewhere(entry: Entry, kept: ReadonlySet<number>): void {
    for (const [index, cry] of entry.cries) if (!kept.has(index)) this.#unsay(entry, cry)
  }

  /** Makes wire, announcements and statuses agree with where the touched targets are placed. */
  #settle(touched: Iterable<Entry>): void {
    const faultsChanged = this.#listeners.refresh()
    const concerned = faultsChanged ? [...this.#entries.values()] : [...touched]
    for (const entry of concerned) this.#proclaim(entry)
    this.#crier.run()
    this.#tell(concerned)
  }

  /** Starts the gratuitous rounds where neighbours have not been told this epoch and hardware address. */
  #proclaim(entry: Entry): void {
    const { target, placing, cries } = entry
    if (target.stage !== 'serve' || !this.#mayAnswer(entry)) return
    for (const { index, hardwareAddress } of placing.links) {
      const content = `${target.grant?.epoch.counter} ${macText(hardwareAddress)}`
      const earlier = cries.get(index)
      if (earlier?.content === content || this.#listeners.get(index)?.fault !== undefined) continue
      if (earlier !== undefined) this.#crier.stop(earlier)
      const cry = { address: target.address, index, content }
      cries.set(index, cry)
      this.#crier.start(cry)
    }
  }

  #tell(entries: Iterable<Entry>): void {
    const faults = this.#listeners.faults()
    const statuses = [...entries].map(({ target, placing, free, rival }) => {
      const wire = free === target.grant?.epoch.counter ? 'free' : (rival ?? 'asking')
      return statusOf(target, { placing, faults, permitted: this.#permitted(target), wire })
    })
    this.#reporter.statuses(statuses)
  }
}

function accept(entry: Entry): void {
  const counter = entry.target.grant?.epoch.counter
  if (counter !== undefined) entry.free = counter
  delete entry.rival
}
