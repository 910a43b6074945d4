/*
 * Addresses that strangers were found to answer for, in `quarantine.json` of the state folder, so that a restart forgets
 * none. Only whoever allocates reads and writes it: from the moment on that it does, and no longer than that.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { compareAddresses, parseAddress } from '#core/model/address.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { Clock, Logger } from '#core/ports.ts'

import { writeAtomically } from '../node/atomic-write.ts'
import { OnceSoon } from '../once-soon.ts'
import { timestamp } from '../timestamp.ts'

export interface QuarantineDeps {
  readonly stateFolder: string
  /** Of each address. */
  readonly lasts: Duration
  readonly unique: string
  readonly clock: Clock
  /** Wall clock. */
  readonly date: () => Date
  readonly log: Logger
}

const format = 1
/** What comes together is one change. */
const soon = milliseconds(10)

export class Quarantine {
  private readonly deps: QuarantineDeps
  private readonly ends = new Map<string, () => void>()
  private marks: readonly Quarantined[] = []
  private listener: () => void = () => {}
  private holding = false
  private saving = false
  /** Each time costs a look at all pools. */
  private readonly next: OnceSoon
  /** Readings and writings, one after another. */
  private queue: Promise<void> = Promise.resolve()

  constructor(deps: QuarantineDeps) {
    this.deps = deps
    this.next = new OnceSoon(deps.clock, soon, () => this.listener())
  }

  /** Sorted; the very same list for as long as nothing changes. */
  current(): readonly Quarantined[] {
    return this.marks
  }

  onChange(listener: () => void): void {
    this.listener = listener
  }

  /** Whether this process allocates. Settles when what was found out before it did is known. */
  hold(holding: boolean): Promise<void> {
    if (holding === this.holding) return this.queue
    this.holding = holding
    if (holding) this.queue = this.queue.then(() => this.read())
    else this.forget()
    return this.queue
  }

  add(found: Omit<Quarantined, 'until'>): void {
    const { date, lasts, log } = this.deps
    const until = timestamp(new Date(date().getTime() + lasts))
    log.error('somebody else answers for an address that was to be handed out', { ...found, until })
    this.put({ ...found, until }, lasts)
    this.changed()
  }

  /** Settles when everything is written. */
  async stop(): Promise<void> {
    for (const cancel of this.ends.values()) cancel()
    await this.queue
  }

  /** What cannot be read is found out again. */
  private async read(): Promise<void> {
    const text = await readFile(this.file(), 'utf8').catch(() => '')
    if (!this.holding) return
    const now = this.deps.date().getTime()
    const known = parseQuarantine(text).filter(({ address }) => !this.ends.has(address))
    for (const mark of known) {
      const left = Date.parse(mark.until) - now
      // A clock that was set back makes no quarantine longer.
      if (left > 0) this.put(mark, milliseconds(Math.min(left, this.deps.lasts)))
    }
    if (known.length > 0) this.next.ask()
  }

  private forget(): void {
    for (const cancel of this.ends.values()) cancel()
    this.ends.clear()
    this.marks = []
  }

  private put(mark: Quarantined, left: Duration): void {
    const { address } = mark
    this.ends.get(address)?.()
    this.ends.set(
      address,
      this.deps.clock.after(left, () => this.end(mark)),
    )
    const others = this.marks.filter((other) => other.address !== address)
    this.marks = [...others, mark].sort((a, b) => compareAddresses(a.address, b.address))
  }

  private end(mark: Quarantined): void {
    this.ends.delete(mark.address)
    this.marks = this.marks.filter((other) => other !== mark)
    this.deps.log.info('quarantine has ended', { address: mark.address })
    this.changed()
  }

  private changed(): void {
    this.save()
    this.next.ask()
  }

  /** What changes while something else is written goes along. */
  private save(): void {
    if (this.saving) return
    this.saving = true
    this.queue = this.queue.then(() => this.write())
  }

  private async write(): Promise<void> {
    this.saving = false
    if (!this.holding) return
    const { unique, log } = this.deps
    const text = `${JSON.stringify({ format, addresses: this.marks }, undefined, 1)}\n`
    await writeAtomically(this.file(), text, unique, { durable: false }).catch((cause: unknown) =>
      log.warn('quarantine cannot be written down', { cause: String(cause) }),
    )
  }

  private file(): string {
    return join(this.deps.stateFolder, 'quarantine.json')
  }
}

function parseQuarantine(text: string): readonly Quarantined[] {
  try {
    const { format: found, addresses } = JSON.parse(text) as { format?: unknown; addresses?: unknown }
    return found === format && Array.isArray(addresses) ? addresses.filter(isMark) : []
  } catch {
    return []
  }
}

function isMark(value: unknown): value is Quarantined {
  if (typeof value !== 'object' || value === null) return false
  const { address, hardwareAddress, via, node, until } = value as Record<string, unknown>
  const texts = [address, hardwareAddress, via, node, until].every((text) => typeof text === 'string')
  return texts && parseAddress(String(address)) === address && !Number.isNaN(Date.parse(String(until)))
}
