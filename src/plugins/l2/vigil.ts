/*
 * Keeps watch over addresses that other nodes answer for. On a switched segment a node hears what is said to all, that
 * is announcements and questions asked in the name of an address, and not the answers that others get. So when somebody
 * else than before claims an address, it asks the segment itself, once whoever was relieved has had time to fall silent.
 *
 *   owner known ──another claims it──► doubt ──1.2 to 1.7 s──► asked ──30 ms──► one answers: that is the owner
 *        ▲                               │                        └───────────► two answer: reported, asked again later
 *        └── a third node asks for us ───┘
 *
 * When a node asks follows from its hardware address, so that most often one asks and the others hear that it did.
 */
import { bytesOf, type Address } from '#core/model/address.ts'
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import { fnv1a } from '#core/model/hash.ts'
import type { Clock } from '#core/ports.ts'
import type { LinkFacts } from './interfaces.ts'
import { probeFrame } from './probe.ts'
import type { Reporter } from './reporter.ts'
import type { Voice } from './voice.ts'

const ASK_AFTER = milliseconds(1200)
const SPREAD = 500
/** Between claim and question at least: a former owner that is being relieved still answers. */
const RELIEF = milliseconds(250)
const ANSWERS_TAKE = milliseconds(30)
/** While two answer. */
const ASK_AGAIN = milliseconds(8000)
/** Questions that fall together may be ahead of the rate by so much. */
const BURST = milliseconds(200)
/** Where there is more to ask than the rate allows. */
const LATER = milliseconds(1000)

export interface VigilDeps {
  readonly clock: Clock
  readonly voice: Voice
  readonly reporter: Reporter
  /** Questions a second, at most; 0: none. */
  readonly perSecond: number
}

/** Who claims an address on one link. */
interface Sighting {
  readonly address: Address
  readonly link: LinkFacts
  /** Hardware address of whoever is taken to be the owner. */
  owner: string
  doubt?: Doubt
}

interface Doubt {
  /** Hardware address of the latest claimant, and since when it is that. */
  readonly by: string
  readonly since: Instant
  readonly cancel: () => void
  /** It would have been asked by now, but for the rate. */
  readonly postponed?: true
  /** Several have claimed it. */
  readonly disputed?: true
  /** Who has answered, once it is asked. */
  readonly answered?: Set<string>
}

export class Vigil {
  readonly #deps: VigilDeps
  readonly #sightings = new Map<Address, Map<number, Sighting>>()
  #watched: ReadonlySet<Address> = new Set()
  #notBefore: Instant

  constructor(deps: VigilDeps) {
    this.#deps = deps
    this.#notBefore = deps.clock.now()
  }

  get watched(): ReadonlySet<Address> {
    return this.#watched
  }

  watch(addresses: ReadonlySet<Address>): void {
    this.#watched = addresses
    for (const address of this.#sightings.keys()) if (!addresses.has(address)) this.#forget(address)
  }

  /** Somebody, not this node, says that the address is at `mac`. */
  claimed(address: Address, mac: string, link: LinkFacts): void {
    if (!this.#watched.has(address)) return
    const byLink = this.#sightings.get(address) ?? new Map<number, Sighting>()
    this.#sightings.set(address, byLink)
    const known = byLink.get(link.index)
    const sighting = known ?? { address, link, owner: mac }
    byLink.set(link.index, sighting)
    if (sighting.doubt !== undefined) this.#whileInDoubt(sighting, sighting.doubt, mac)
    else if (known === undefined || known.owner !== mac) this.#doubt(sighting, mac, this.#turn(sighting))
  }

  /** Somebody asks all whether the address is taken, and will hear who answers. */
  asked(address: Address, by: string, link: LinkFacts): void {
    const sighting = this.#sightings.get(address)?.get(link.index)
    const doubt = sighting?.doubt
    if (sighting === undefined || doubt === undefined || doubt.answered !== undefined) return
    // Nobody is a witness in his own cause.
    if (by !== sighting.owner && by !== doubt.by && this.#isRipe(doubt)) this.#believe(sighting, doubt.by)
  }

  close(): void {
    for (const address of this.#sightings.keys()) this.#forget(address)
  }

  #whileInDoubt(sighting: Sighting, doubt: Doubt, mac: string): void {
    if (doubt.answered !== undefined) doubt.answered.add(mac)
    // The latest claimant counts: the address may move on, or back.
    else if (mac !== doubt.by)
      sighting.doubt = { ...doubt, by: mac, since: this.#deps.clock.now(), disputed: true }
    // So many addresses moved that not all can be asked about; of this one only its new owner speaks.
    else if (doubt.postponed && !doubt.disputed) this.#believe(sighting, mac)
  }

  #isRipe(doubt: Doubt): boolean {
    return since(doubt.since, this.#deps.clock.now()) >= RELIEF
  }

  #doubt(sighting: Sighting, by: string, wait: Duration): void {
    const { clock } = this.#deps
    sighting.doubt = { by, since: clock.now(), cancel: clock.after(wait, () => this.#due(sighting)) }
  }

  #due(sighting: Sighting): void {
    const { clock, perSecond } = this.#deps
    const { doubt } = sighting
    if (doubt === undefined) return
    if (perSecond === 0) return this.#believe(sighting, doubt.by)
    const now = clock.now()
    if (!this.#isRipe(doubt)) this.#wait(sighting, doubt, RELIEF)
    else if (since(now, this.#notBefore) > BURST) this.#wait(sighting, { ...doubt, postponed: true }, LATER)
    else {
      const from = this.#notBefore > now ? this.#notBefore : now
      this.#notBefore = later(from, milliseconds(1000 / perSecond))
      this.#ask(sighting, doubt)
    }
  }

  #wait(sighting: Sighting, doubt: Doubt, time: Duration): void {
    sighting.doubt = { ...doubt, cancel: this.#deps.clock.after(time, () => this.#due(sighting)) }
  }

  #ask(sighting: Sighting, doubt: Doubt): void {
    const { clock, voice } = this.#deps
    const { address, link } = sighting
    const answered = new Set<string>()
    const cancel = clock.after(ANSWERS_TAKE, () => this.#conclude(sighting, doubt, answered))
    sighting.doubt = { ...doubt, answered, cancel }
    voice.send(link, probeFrame(address, link.hardwareAddress))
  }

  /** Without an answer the last claimant is believed: it may be on its way elsewhere, or the frame was lost. */
  #conclude(sighting: Sighting, { by }: Doubt, answered: ReadonlySet<string>): void {
    const [first = by, second] = answered
    if (second === undefined) return this.#believe(sighting, first)
    const hardwareAddress = [...answered].find((mac) => mac !== sighting.owner) ?? by
    this.#deps.reporter.rival(sighting.address, { hardwareAddress, via: sighting.link.name })
    this.#doubt(sighting, hardwareAddress, ASK_AGAIN)
  }

  #believe(sighting: Sighting, owner: string): void {
    sighting.doubt?.cancel()
    sighting.owner = owner
    delete sighting.doubt
  }

  #turn({ address, link }: Sighting): Duration {
    const octets = String.fromCharCode(...link.hardwareAddress, ...bytesOf(address))
    return milliseconds(ASK_AFTER + (fnv1a(octets) % SPREAD))
  }

  #forget(address: Address): void {
    for (const { doubt } of this.#sightings.get(address)?.values() ?? []) doubt?.cancel()
    this.#sightings.delete(address)
    this.#deps.reporter.forget(address)
  }
}
