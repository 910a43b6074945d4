/*
 * Tells a second owner from a move. When somebody else claims an address that this node answers for, the claim may be
 * that of the next owner, heard before this node is told to retire, or that of the former one, which is not relieved yet.
 *
 *   ──claimed──► doubt ──750 ms later, asked──► claimed or answered again: two answer, each time that it is heard
 *                  └───────────────────────────────────────nothing for ten seconds: forgotten
 */
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds, since, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import type { L2Target } from './protocol.ts'
import { Patrol } from './patrol.ts'

/** A move is over by then; and with a question each second, two that answer are known within two. */
const RELIEF = milliseconds(750)
const FORGOTTEN = seconds(10)

export interface DoubtsDeps {
  readonly clock: Clock
  /** Questions a second, at most; 0: none. */
  readonly perSecond: number
  /** Asks the segment, if this node still answers. */
  readonly ask: (address: Address) => void
}

interface Doubt {
  /** Of the epoch under which this node answers: under another one the doubt is another. */
  readonly counter: number | undefined
  readonly first: Instant
  readonly last: Instant
}

export class Doubts {
  readonly #deps: DoubtsDeps
  readonly #doubts = new Map<Address, Doubt>()
  readonly #questions: Patrol<Address>

  constructor(deps: DoubtsDeps) {
    this.#deps = deps
    const { clock, perSecond } = deps
    this.#questions = new Patrol({ clock, period: RELIEF, perSecond, visit: (address) => this.#ask(address) })
  }

  /** Somebody else claims what this node answers for; true if that shows that two do. */
  claimed({ address, grant }: L2Target): boolean {
    const now = this.#deps.clock.now()
    const counter = grant?.epoch.counter
    const known = this.#doubts.get(address)
    if (known === undefined || known.counter !== counter || since(known.last, now) > FORGOTTEN) {
      this.#doubts.set(address, { counter, first: now, last: now })
      this.#questions.add(address)
      return false
    }
    this.#doubts.set(address, { ...known, last: now })
    return since(known.first, now) >= RELIEF
  }

  /** This node no longer answers, or not for long. */
  forget(address: Address): void {
    this.#doubts.delete(address)
    this.#questions.remove(address)
  }

  close(): void {
    this.#questions.close()
  }

  #ask(address: Address): void {
    this.#questions.remove(address)
    this.#deps.ask(address)
  }
}
