/* Addresses that strangers were found to answer for, each until its time has come. Where they are kept is another matter. */
import { compareAddresses, type Address } from '#core/model/address.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { Clock, Logger } from '#core/ports.ts'

import { OnceSoon } from '../once-soon.ts'
import { timestamp } from '../timestamp.ts'

export interface MarksDeps {
  /** Of each address. */
  readonly lasts: Duration
  readonly clock: Clock
  /** Wall clock. */
  readonly date: () => Date
  readonly log: Logger
  /** Called at once with an address whose time has come. */
  readonly ended: (address: Address) => void
}

/** What comes together is one change. */
const soon = milliseconds(10)

export class Marks {
  private readonly deps: MarksDeps
  private readonly ends = new Map<Address, () => void>()
  private marks: readonly Quarantined[] = []
  private listener: () => void = () => {}
  /** Each time costs a look at all pools. */
  private readonly next: OnceSoon

  constructor(deps: MarksDeps) {
    this.deps = deps
    this.next = new OnceSoon(deps.clock, soon, () => this.listener())
  }

  /** Sorted; the very same list for as long as nothing changes. */
  current(): readonly Quarantined[] {
    return this.marks
  }

  has(address: Address): boolean {
    return this.ends.has(address)
  }

  of(address: Address): Quarantined | undefined {
    return this.marks.find((mark) => mark.address === address)
  }

  onChange(listener: () => void): void {
    this.listener = listener
  }

  /** From now on, for as long as each lasts. */
  add(found: Omit<Quarantined, 'until'>): Quarantined {
    const { date, lasts, log } = this.deps
    const mark = { ...found, until: timestamp(new Date(date().getTime() + lasts)) }
    log.error('somebody else answers for an address that was to be handed out', { ...mark })
    this.put(mark, lasts)
    return mark
  }

  /** One that was found before; what is over is passed over. */
  restore(mark: Quarantined): void {
    const { date, lasts } = this.deps
    const left = Date.parse(mark.until) - date().getTime()
    // A clock that was set back makes no quarantine longer.
    if (left > 0) this.put(mark, milliseconds(Math.min(left, lasts)))
  }

  /** Before its time; tells nobody that it has ended. */
  drop(address: Address): void {
    if (!this.ends.has(address)) return
    this.remove(address)
    this.next.ask()
  }

  /** All, and tells nobody. */
  forget(): void {
    this.cancel()
    this.ends.clear()
    this.marks = []
  }

  /** None ends any more. */
  cancel(): void {
    for (const cancel of this.ends.values()) cancel()
  }

  private put(mark: Quarantined, left: Duration): void {
    const { address } = mark
    this.remove(address)
    this.ends.set(
      address,
      this.deps.clock.after(left, () => this.end(address)),
    )
    this.marks = [...this.marks, mark].sort((a, b) => compareAddresses(a.address, b.address))
    this.next.ask()
  }

  private remove(address: Address): void {
    if (!this.ends.has(address)) return
    this.ends.get(address)?.()
    this.ends.delete(address)
    this.marks = this.marks.filter((other) => other.address !== address)
  }

  private end(address: Address): void {
    this.remove(address)
    this.deps.log.info('quarantine has ended', { address })
    this.next.ask()
    this.deps.ended(address)
  }
}
