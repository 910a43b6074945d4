/*
 * Asks who answers for addresses that are about to be handed out: each once, before anybody of us speaks for it.
 *
 *   asked: three probes, 400 ms ──nobody answers──► free
 *     │ somebody answers                              ▲
 *     ▼                                               │
 *   doubt ──a second later──► asked once more ────────┤
 *                               │ somebody answers    │
 *                               ▼                 (relieved: another node of ours had not fallen silent yet)
 *                             taken
 *
 * For an address of its own the kernel answers everybody but this node: that is taken, unasked.
 */
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Finding } from '#core/model/finding.ts'
import type { Clock } from '#core/ports.ts'
import type { Interfaces, LinkFacts } from './interfaces.ts'
import { macText } from './wire/ethernet.ts'
import { probeFrame } from './probe.ts'
import { Prober } from './prober.ts'
import type { EngineEvent, L2Candidate } from './protocol.ts'
import type { Rival } from './status.ts'
import type { Voice } from './voice.ts'

/** A stranger may be sleepier than a former owner, and nothing is lost while it is waited for. */
const PACE = { between: milliseconds(100), afterLast: milliseconds(200) }
const ASKED_AGAIN = milliseconds(1000)

export interface SurveyDeps {
  readonly clock: Clock
  readonly voice: Voice
  /** Frames a second at most. */
  readonly perSecond: number
  /** Why the link cannot be listened on; undefined = it can. */
  readonly faultOf: (link: LinkFacts) => string | undefined
  readonly emit: (event: EngineEvent) => void
}

interface Question {
  readonly candidate: L2Candidate
  links: readonly LinkFacts[]
  /** Somebody has answered once. */
  doubted: boolean
  /** Ends the wait before it is asked again. */
  cancel: () => void
}

export class Survey {
  readonly #deps: SurveyDeps
  readonly #prober: Prober
  readonly #questions = new Map<Address, Question>()
  /** The questions of all candidates: what was found out is not asked again. */
  #candidates: ReadonlyMap<Address, string> = new Map()

  constructor(deps: SurveyDeps) {
    this.#deps = deps
    const { clock, perSecond } = deps
    this.#prober = new Prober({
      clock,
      perSecond,
      pace: PACE,
      probe: (address) => this.#probe(address),
      free: (address) => this.#free(address),
    })
  }

  /** What is being asked about. */
  get addresses(): ReadonlySet<Address> {
    return new Set(this.#questions.keys())
  }

  /** Asks about those that are new, and no more about those that are gone. Listening begins after this. */
  ask(candidates: readonly L2Candidate[], interfaces: Interfaces): void {
    const before = this.#candidates
    this.#candidates = new Map(candidates.map(({ address, question }) => [address, question]))
    for (const [address, { candidate }] of this.#questions)
      if (this.#candidates.get(address) !== candidate.question) this.#end(address)
    for (const candidate of candidates) {
      if (before.get(candidate.address) === candidate.question) continue
      this.#questions.set(candidate.address, { candidate, links: [], doubted: false, cancel: () => {} })
      this.#prober.start(candidate.address)
    }
    this.place(interfaces)
  }

  /** The interfaces are others than before. */
  place(interfaces: Interfaces): void {
    for (const question of this.#questions.values()) {
      const { address, interfaces: wanted } = question.candidate
      const placing = interfaces.place(address, wanted && new Set(wanted))
      question.links = placing.links
      const owner = interfaces.owner(address)
      if (owner !== undefined) this.#conclude(address, { answeredBy: rivalOn(owner) })
      else if ('reason' in placing) this.#conclude(address, { unasked: placing.message })
    }
  }

  /** Somebody, not this node, says that the address is at `mac`. */
  claimed(address: Address, mac: string, link: LinkFacts): void {
    const question = this.#questions.get(address)
    const heeded = question?.links.some(({ index }) => index === link.index)
    if (question === undefined || !heeded || !this.#prober.busy(address)) return
    const answeredBy: Rival = { hardwareAddress: mac, via: link.name }
    if (question.doubted) return this.#conclude(address, { answeredBy })
    question.doubted = true
    this.#prober.stop(address)
    question.cancel = this.#deps.clock.after(ASKED_AGAIN, () => this.#prober.start(address))
  }

  close(): void {
    for (const address of this.#questions.keys()) this.#end(address)
    this.#prober.close()
  }

  #probe(address: Address): void {
    for (const link of this.#questions.get(address)?.links ?? [])
      this.#deps.voice.send(link, probeFrame(address, link.hardwareAddress))
  }

  /** Silence says something only where answers would have been heard. */
  #free(address: Address): void {
    const faults = this.#questions.get(address)?.links.map(this.#deps.faultOf) ?? []
    const deaf = faults.find((fault) => fault !== undefined)
    this.#conclude(address, deaf === undefined ? {} : { unasked: deaf })
  }

  #conclude(address: Address, found: Finding): void {
    const question = this.#questions.get(address)?.candidate.question
    if (question === undefined) return
    this.#end(address)
    this.#deps.emit({ kind: 'candidate', address, question, ...found })
  }

  #end(address: Address): void {
    this.#questions.get(address)?.cancel()
    this.#questions.delete(address)
    this.#prober.stop(address)
  }
}

function rivalOn({ hardwareAddress, name: via }: LinkFacts): Rival {
  return { hardwareAddress: macText(hardwareAddress), via }
}
