/*
 * Addresses that strangers were found to answer for, in `quarantine.json` of the state folder, so that a restart forgets
 * none. Only whoever allocates reads and writes it: from the moment on that it does, and no longer than that.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { messageOf } from '#core/errors.ts'
import { parseAddress } from '#core/model/address.ts'
import type { Quarantined } from '#core/model/facts.ts'

import { isCode } from '../error-code.ts'
import { writeAtomically } from '../node/atomic-write.ts'
import { Marks, type MarksDeps } from '../probing/marks.ts'

export interface QuarantineDeps extends Omit<MarksDeps, 'ended'> {
  readonly stateFolder: string
  readonly unique: string
}

const format = 1

export class Quarantine {
  private readonly deps: QuarantineDeps
  private readonly marks: Marks
  private holding = false
  private saving = false
  /** Readings and writings, one after another. */
  private queue: Promise<void> = Promise.resolve()

  constructor(deps: QuarantineDeps) {
    this.deps = deps
    this.marks = new Marks({ ...deps, ended: () => this.save() })
  }

  /** Sorted; the very same list for as long as nothing changes. */
  current(): readonly Quarantined[] {
    return this.marks.current()
  }

  onChange(listener: () => void): void {
    this.marks.onChange(listener)
  }

  /** Whether this process allocates. Settles when what was found out before it did is known. */
  hold(holding: boolean): Promise<void> {
    if (holding === this.holding) return this.queue
    this.holding = holding
    if (holding) this.queue = this.queue.then(() => this.read())
    else this.marks.forget()
    return this.queue
  }

  add(found: Omit<Quarantined, 'until'>): void {
    this.marks.add(found)
    this.save()
  }

  /** Settles when everything is written. */
  async stop(): Promise<void> {
    this.marks.cancel()
    await this.queue
  }

  /** What cannot be read is found out again. */
  private async read(): Promise<void> {
    const known = await readFile(this.file(), 'utf8')
      .then(parseQuarantine)
      .catch((cause: unknown) => {
        if (!isCode(cause, 'ENOENT')) this.passOver(cause)
        return []
      })
    if (!this.holding) return
    for (const mark of known) if (!this.marks.has(mark.address)) this.marks.restore(mark)
  }

  private passOver(cause: unknown): void {
    const said = messageOf(cause)
    this.deps.log.warn('the list of addresses in quarantine is of no use, and is begun anew', {
      file: this.file(),
      cause: said,
    })
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
    const text = `${JSON.stringify({ format, addresses: this.current() }, undefined, 1)}\n`
    await writeAtomically(this.file(), text, unique, { durable: false }).catch((cause: unknown) =>
      log.warn('quarantine cannot be written down', { cause: String(cause) }),
    )
  }

  private file(): string {
    return join(this.deps.stateFolder, 'quarantine.json')
  }
}

/** Throws an error that says what is wrong. */
function parseQuarantine(text: string): readonly Quarantined[] {
  const parsed: unknown = JSON.parse(text)
  const { format: found, addresses } = (parsed ?? {}) as { format?: unknown; addresses?: unknown }
  if (found !== format) throw new Error(`format: found ${JSON.stringify(found)}, allowed: ${format}`)
  if (!Array.isArray(addresses)) throw new Error('addresses: allowed: a list')
  const faulty = addresses.findIndex((mark) => !isMark(mark))
  if (faulty >= 0) throw new Error(`addresses[${faulty}]: found ${JSON.stringify(addresses[faulty])}`)
  return addresses as readonly Quarantined[]
}

function isMark(value: unknown): value is Quarantined {
  if (typeof value !== 'object' || value === null) return false
  const { address, hardwareAddress, via, node, until } = value as Record<string, unknown>
  const texts = [address, hardwareAddress, via, node, until].every((text) => typeof text === 'string')
  return texts && parseAddress(String(address)) === address && !Number.isNaN(Date.parse(String(until)))
}
