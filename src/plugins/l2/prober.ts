/*
 * Asks the wire whether somebody answers for an address already, before this node begins to.
 *
 *   waiting ──► asking: three probes in 14 ms ──nobody answered within 20 ms──► free
 *                 │ somebody answered
 *                 ▼
 *               taken ──a second later──► waiting
 *
 * What is fresh (nobody but a stranger can be using it) may be answered for while it is asked about, until somebody
 * answers, or asks the same: RFC 4429's optimism. It ends for good with the first sign of somebody else, and does not
 * begin where the address had to wait for its turn or the window ended late.
 *
 * A window that ends late (the process stood still, or is overloaded) proves nothing, because the answers are not read yet:
 * the address waits its turn again, and fewer start together until windows end in time.
 *
 * Shorter than RFC 5227 §2.1.1 has it (three probes, a second apart): what is looked for is not a sleepy host but the
 * former owner, which answers from its poll loop within a millisecond.
 */
import type { Address } from '#core/model/address.ts'
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

const PROBES = 3
const BETWEEN = milliseconds(7)
const AFTER_LAST = milliseconds(6)
const TAKEN_AGAIN = milliseconds(1000)
/** So late a window may end. */
const LATENESS = milliseconds(15)
/** Between the addresses whose probing starts together and the next ones. */
const SLICE = milliseconds(5)

/** Between two probes, and from the last one to the conclusion. */
export interface Pace {
  readonly between: Duration
  readonly afterLast: Duration
}

const QUICK: Pace = { between: BETWEEN, afterLast: AFTER_LAST }

export interface ProberDeps {
  readonly clock: Clock
  /** Frames a second at most. */
  readonly perSecond: number
  /** Absent: as above. */
  readonly pace?: Pace
  /** Sends one probe on every link of the address. */
  readonly probe: (address: Address) => void
  readonly free: (address: Address) => void
}

export class Prober {
  readonly #deps: ProberDeps
  readonly #waiting = new Set<Address>()
  /** Cancels what comes next for an address that is asked about or taken. */
  readonly #under = new Map<Address, () => void>()
  readonly #taken = new Set<Address>()
  /** Addresses that may be answered for meanwhile, and since when. */
  readonly #fresh = new Map<Address, Instant>()
  /** Addresses of a slice: what the rate allows, if the process keeps up with it. */
  readonly #allowed: number
  #portion: number
  readonly #pace: Pace
  #cancelSlice: (() => void) | undefined

  constructor(deps: ProberDeps) {
    this.#deps = deps
    this.#allowed = Math.max(1, Math.floor((deps.perSecond * SLICE) / 1000 / PROBES))
    this.#portion = this.#allowed
    this.#pace = deps.pace ?? QUICK
  }

  /** Whether anything is still to be found out. */
  busy(address: Address): boolean {
    return !this.#taken.has(address) && (this.#waiting.has(address) || this.#under.has(address))
  }

  /** `fresh`: it may be answered for meanwhile, if its turn comes at once. */
  start(address: Address, fresh = false): void {
    if (this.#waiting.has(address) || this.#under.has(address)) return
    this.#waiting.add(address)
    if (fresh) this.#fresh.set(address, this.#deps.clock.now())
    this.#cancelSlice ??= this.#deps.clock.after(milliseconds(0), () => this.#slice(this.#deps.clock.now()))
  }

  stop(address: Address): void {
    this.#waiting.delete(address)
    this.#taken.delete(address)
    this.#fresh.delete(address)
    this.#under.get(address)?.()
    this.#under.delete(address)
  }

  /** Whether it is being asked about and may be answered for all the same. */
  mayAnswer(address: Address): boolean {
    return this.#fresh.has(address) && this.#under.has(address)
  }

  /** Somebody else asks whether the address is free: one of two may have to give way (RFC 5227 §2.1.1). */
  asked(address: Address): void {
    this.#fresh.delete(address)
  }

  /** Somebody answers for the address; true if that was the question. */
  answered(address: Address): boolean {
    this.#fresh.delete(address)
    if (!this.#under.has(address)) return false
    this.#taken.add(address)
    this.#next(address, TAKEN_AGAIN, () => {
      this.stop(address)
      this.start(address)
    })
    return true
  }

  close(): void {
    this.#cancelSlice?.()
    for (const cancel of this.#under.values()) cancel()
    this.#waiting.clear()
    this.#fresh.clear()
    this.#under.clear()
  }

  /** `due`: when it should begin. Timers that come a little late do not lower the rate; an overload is not made up for. */
  #slice(due: Instant): void {
    const now = this.#deps.clock.now()
    for (const address of take(this.#waiting, this.#portion)) this.#begin(address, now)
    this.#portion = Math.min(this.#allowed, this.#portion + 1)
    this.#cancelSlice = undefined
    if (this.#waiting.size === 0) return
    const next = later(since(due, now) < SLICE ? due : now, SLICE)
    const delay = since(this.#deps.clock.now(), next)
    this.#cancelSlice = this.#deps.clock.after(milliseconds(Math.max(0, delay)), () => this.#slice(next))
  }

  #begin(address: Address, now: Instant): void {
    if (since(this.#fresh.get(address) ?? now, now) > LATENESS) this.#fresh.delete(address)
    this.#ask(address, PROBES, now)
  }

  /** `due`: when it should be sent. A timer that comes a little late delays none of those that follow. */
  #ask(address: Address, left: number, due: Instant): void {
    this.#deps.probe(address)
    const now = this.#deps.clock.now()
    const { between, afterLast } = this.#pace
    if (left > 1) {
      const next = later(due, between)
      const delay = milliseconds(Math.max(between / 2, since(now, next)))
      this.#next(address, delay, () => this.#ask(address, left - 1, next))
    } else {
      const end = later(now, afterLast)
      this.#next(address, afterLast, () => this.#found(address, end))
    }
  }

  #found(address: Address, end: Instant): void {
    this.stop(address)
    if (since(end, this.#deps.clock.now()) <= LATENESS) return this.#deps.free(address)
    this.#portion = Math.max(1, this.#portion >>> 1)
    this.start(address)
  }

  #next(address: Address, delay: Duration, task: () => void): void {
    this.#under.get(address)?.()
    this.#under.set(address, this.#deps.clock.after(delay, task))
  }
}

/** Removes the first `count`, or as many as there are. */
function take<Key>(keys: Set<Key>, count: number): Key[] {
  const taken: Key[] = []
  for (const key of keys) {
    if (taken.length === count) break
    taken.push(key)
    keys.delete(key)
  }
  return taken
}
