/*
 * Tells a second owner from a move. When somebody else claims an address that this node answers for, the claim may be
 * that of the next owner, heard before this node is told to retire, or that of the former one, which is not relieved yet.
 *
 *   ──claimed──► suspicion ──750 ms later, asked──► answered within 250 ms: two answer, each time that it is heard
 *                    ▲                └───────────► nothing, or announcements only: dropped
 *                    └── the third within a minute is told all the same: somebody announces it who does not answer
 */
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds, since, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import type { L2Target } from './protocol.ts'
import { Patrol } from './patrol.ts'

/** With a question each second, two that answer are known within two. */
const MOVE_IS_OVER = milliseconds(750)
const ANSWERS_TAKE = milliseconds(250)
/** A second owner that is not heard for so long; and a claim, where nothing is asked. */
const FORGOTTEN = seconds(10)
/** Under one epoch the former owner may be heard, and the next one; a move back is another epoch. */
const TOO_MANY = 3
const TOO_MANY_WITHIN = seconds(60)

export interface DoubtsDeps {
  readonly clock: Clock
  /** Questions a second, at most; 0: none. */
  readonly perSecond: number
  /** Asks the segment, if this node still answers. */
  readonly ask: (address: Address) => void
}

interface Suspicion {
  /** Of the epoch under which this node answers: under another one the suspicion is another. */
  readonly counter: number | undefined
  readonly first: Instant
  readonly last: Instant
  /** How many there were, this one included. */
  readonly count: number
  readonly asked?: Instant
  /** Two answer. */
  readonly shown: boolean
}

interface Claimed {
  readonly counter: Suspicion['counter']
  /** The latest suspicion under this epoch. */
  readonly known: Suspicion | undefined
  readonly now: Instant
}

export class Doubts {
  readonly #deps: DoubtsDeps
  readonly #suspicions = new Map<Address, Suspicion>()
  readonly #questions: Patrol<Address>

  constructor(deps: DoubtsDeps) {
    this.#deps = deps
    const { clock, perSecond } = deps
    this.#questions = new Patrol({
      clock,
      period: MOVE_IS_OVER,
      perSecond,
      visit: (address) => this.#ask(address),
    })
  }

  /** Somebody else claims what this node answers for, perhaps unasked; true if that shows that two do. */
  claimed({ address, grant }: L2Target, { announced }: { readonly announced: boolean }): boolean {
    const now = this.#deps.clock.now()
    const counter = grant?.epoch.counter
    const found = this.#suspicions.get(address)
    const known = found?.counter === counter ? found : undefined
    if (known === undefined || this.#isOver(known, now))
      return this.#suspect(address, { counter, known, now })
    const shown = known.shown || this.#isShown(known, { now, announced })
    this.#suspicions.set(address, { ...known, last: now, shown })
    return shown
  }

  /** This node no longer answers, or not for long. */
  forget(address: Address): void {
    this.#suspicions.delete(address)
    this.#questions.remove(address)
  }

  close(): void {
    this.#questions.close()
  }

  #suspect(address: Address, { counter, known, now }: Claimed): boolean {
    const before = known === undefined || since(known.last, now) > TOO_MANY_WITHIN ? 0 : known.count
    const count = before + 1
    const shown = count >= TOO_MANY
    this.#suspicions.set(address, { counter, first: now, last: now, count, shown })
    if (!shown) this.#questions.add(address)
    return shown
  }

  #isOver({ shown, asked, last }: Suspicion, now: Instant): boolean {
    if (shown || this.#deps.perSecond === 0) return since(last, now) > FORGOTTEN
    return asked !== undefined && since(asked, now) > ANSWERS_TAKE
  }

  /** The next owner announces itself at any moment, also right after the question. */
  #isShown(
    { first, asked }: Suspicion,
    { now, announced }: { readonly now: Instant; readonly announced: boolean },
  ): boolean {
    if (this.#deps.perSecond === 0) return since(first, now) >= MOVE_IS_OVER
    return asked !== undefined && !announced
  }

  #ask(address: Address): void {
    this.#questions.remove(address)
    const known = this.#suspicions.get(address)
    if (known === undefined) return
    this.#suspicions.set(address, { ...known, asked: this.#deps.clock.now() })
    this.#deps.ask(address)
  }
}
