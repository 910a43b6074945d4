/*
 * The half of the plugin that meets the wire. It runs in the poll-loop thread, or anywhere else with a Wire and a
 * Clock.
 *
 *            apply(delta)                                emit(status, interfaces, conflict, candidate, tally)
 *                  │                                                    ▲
 *            ┌─────▼────────────────────────────────────────────────────┴─────┐
 *   links ──►│ targets × usable interfaces → where each target is placed      │──► wire.listen(link, addresses)
 *   frames ─►│ placed, granted, fence open? → answer                  (voice) │──► wire.send(link, frame)
 *   clock ──►│ newly granted → probes; fresh → answers meanwhile    (inquiry) │──► wire.send(link, frame)
 *            │ nobody answers → gratuitous rounds             (announcements) │──► wire.send(link, frame)
 *            │ about to be handed out → question                     (survey) │──► wire.send(link, frame)
 *            │ another node's, and somebody else claims it → question (vigil) │──► wire.send(link, frame)
 *            └────────────────────────────────────────────────────────────────┘
 */
import type { Fence } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import type { Clock } from '#core/ports.ts'
import { Announcements } from './announcements.ts'
import { excludes, type L2Config } from './config.ts'
import { isAccepted, newEntry, type Entry } from './entry.ts'
import { Inquiry } from './inquiry.ts'
import { Interfaces, type LinkFacts } from './interfaces.ts'
import { Listeners } from './listeners.ts'
import type { EngineEvent, L2Delta, L2Target } from './protocol.ts'
import { Reporter } from './reporter.ts'
import { interpret, interpretNeighbor, type Claim, type Heard } from './responder.ts'
import { statusOf } from './status.ts'
import { Survey } from './survey.ts'
import { Vigil } from './vigil.ts'
import { Voice } from './voice.ts'
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

export class Engine {
  readonly #emit: EngineDeps['emit']
  readonly #excluded: (name: string) => boolean
  readonly #entries = new Map<Address, Entry>()
  readonly #listeners: Listeners
  readonly #reporter: Reporter
  readonly #voice: Voice
  readonly #inquiry: Inquiry
  readonly #announcements: Announcements
  readonly #vigil: Vigil
  readonly #survey: Survey
  #interfaces: Interfaces
  #fingerprint: string | undefined
  #ownMacs: ReadonlySet<string> = new Set()

  constructor({ config, fence, clock, wire, emit }: EngineDeps) {
    this.#emit = emit
    this.#excluded = excludes(config)
    this.#interfaces = new Interfaces([], this.#excluded)
    const entries = this.#entries
    const listeners = new Listeners({ wire, clock, retry: () => this.#settle([]) })
    const reporter = new Reporter(clock, emit)
    const voice = new Voice({ fence, wire, reporter })
    const decided = (known: readonly Entry[]): void => this.#decided(known)
    const inquiry = new Inquiry({ config, clock, entries, voice, decided })
    const kept = (entry: Entry): void => inquiry.awaitFence(entry)
    this.#listeners = listeners
    this.#reporter = reporter
    this.#voice = voice
    this.#inquiry = inquiry
    this.#vigil = new Vigil({ clock, voice, reporter, perSecond: config.witnessPerSecond })
    const faultOf = ({ index }: LinkFacts): string | undefined => listeners.get(index)?.fault
    this.#survey = new Survey({ clock, voice, faultOf, emit, perSecond: config.gratuitousPerSecond })
    this.#announcements = new Announcements({ config, clock, entries, listeners, reporter, voice, kept })
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
      this.#inquiry.follow(entry)
    }
    this.#survey.place(this.#interfaces)
    this.#listenBeside()
    this.#settle(this.#entries.values())
    const names = this.#interfaces.usable.map(({ name }) => name)
    this.#emit({ kind: 'interfaces', names, subnets: this.#interfaces.subnets() })
  }

  /** Obeyed when it returns: what was dropped is silent. `applied` is called when all statuses are final. */
  apply({ put, drop, watch, ask }: L2Delta, applied: () => void = () => {}): void {
    // Before the addresses are forgotten, so that no count arrives after their series are gone.
    this.#reporter.flush()
    for (const address of drop) this.#forget(address)
    if (watch !== undefined) this.#vigil.watch(new Set(watch))
    if (ask !== undefined) this.#survey.ask(ask, this.#interfaces)
    if (watch !== undefined || ask !== undefined) this.#listenBeside()
    this.#settle(put.map((target) => this.#put(target)))
    this.#inquiry.whenDecided(
      put.map(({ address }) => address),
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
    this.#vigil.close()
    this.#survey.close()
    this.#announcements.close()
    this.#inquiry.close()
    this.#reporter.flush()
    this.#listeners.close()
  }

  #react(heard: Heard, link: LinkFacts): void {
    const entry = this.#entries.get(heard.address)
    if (entry === undefined) return this.#overhear(heard, link)
    const { stage } = entry.target
    if (stage === 'arm') return
    if (heard.kind === 'claim') return this.#claimed(entry, heard, link)
    // The next owner announces itself; an answer would tell it that somebody else has the address. Who asks whether it is
    // free is answered, for a move may wait minutes for its turn.
    if (stage === 'retire' && heard.claim) return
    this.#reporter.count(heard.address, 'received')
    this.#answer(entry, heard, link)
  }

  #answer(entry: Entry, heard: Extract<Heard, { kind: 'request' }>, link: LinkFacts): void {
    const sure = this.#voice.mayAnswer(entry)
    const early = !sure && this.#inquiry.mayAnswer(entry)
    if (heard.probe && !this.#ownMacs.has(macText(heard.mac))) this.#inquiry.asked(entry)
    if (!sure && !early) return this.#reporter.count(heard.address, 'fenced')
    // Two that ask at the same time would find each other, and both give up.
    if (early && heard.probe) return
    if (this.#voice.send(link, heard.answer(sure))) this.#reporter.count(heard.address, 'sent')
  }

  /** Of an address that another node answers for. */
  #overhear(heard: Heard, link: LinkFacts): void {
    const mac = macText(heard.mac)
    if (this.#ownMacs.has(mac)) return
    if (heard.kind === 'claim') {
      this.#vigil.claimed(heard.address, mac, link)
      this.#survey.claimed(heard.address, mac, link)
    } else if (heard.probe) this.#vigil.asked(heard.address, mac, link)
  }

  /** While retiring, the next owner’s claims are what was planned. */
  #claimed(entry: Entry, heard: Claim, link: LinkFacts): void {
    const { target } = entry
    const mac = macText(heard.mac)
    if (target.stage !== 'serve' || !this.#voice.permitted(target) || this.#ownMacs.has(mac)) return
    const rival = { hardwareAddress: mac, via: link.name }
    if (this.#inquiry.claimed(entry, rival, heard)) this.#reporter.rival(target.address, rival)
  }

  /** For what this node does not announce, and wants to know who does. */
  #listenBeside(): void {
    const asked = this.#survey.addresses
    const { watched } = this.#vigil
    const all = asked.size === 0 ? watched : new Set([...watched, ...asked])
    this.#listeners.watch(all, this.#interfaces.usable)
  }

  #put(target: L2Target): Entry {
    const entry = this.#entries.get(target.address) ?? newEntry(target)
    entry.target = target
    this.#entries.set(target.address, entry)
    this.#place(entry)
    this.#inquiry.follow(entry)
    this.#announcements.follow(entry)
    return entry
  }

  #forget(address: Address): void {
    const entry = this.#entries.get(address)
    if (entry === undefined) return
    this.#inquiry.forget(address)
    this.#listeners.place(address, [])
    this.#announcements.forget(entry)
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
    this.#announcements.keepTo(new Set(links.map(({ index }) => index)), entry)
  }

  /** Makes wire, announcements and statuses agree with where the touched targets are placed. */
  #settle(touched: Iterable<Entry>): void {
    const faultsChanged = this.#listeners.refresh()
    this.#decided(faultsChanged ? [...this.#entries.values()] : [...touched])
  }

  #decided(entries: readonly Entry[]): void {
    for (const entry of entries) this.#announcements.proclaim(entry)
    this.#announcements.run()
    this.#tell(entries)
  }

  #tell(entries: Iterable<Entry>): void {
    const faults = this.#listeners.faults()
    const statuses = [...entries].map((entry) => {
      const { target, placing, rival } = entry
      const wire = isAccepted(entry) ? 'free' : (rival ?? 'asking')
      return statusOf(target, { placing, faults, permitted: this.#voice.permitted(target), wire })
    })
    this.#reporter.statuses(statuses)
  }
}
