/* Writes the snapshot a while after something changed, at most once in a while, and never at rest. */
import { messageOf } from '#core/errors.ts'
import { seconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Logger } from '#core/ports.ts'

import { Paced } from '../../paced.ts'
import type { SnapshotContent, SnapshotFile } from './snapshot.ts'

export interface SnapshotKeeperDeps {
  readonly file: SnapshotFile
  readonly content: () => Iterable<SnapshotContent>
  readonly clock: Clock
  readonly log: Logger
}

/** What changes in these last seconds before the API server and this process go down together is not in it. */
const settle: Duration = seconds(2)
/** Writing may take this share of the time at most. */
const share = 0.02

export class SnapshotKeeper {
  private readonly deps: SnapshotKeeperDeps
  private readonly pace: Paced
  private writing: Promise<void> = Promise.resolve()
  private dirty = false
  private busy = false
  private ended = false
  private fault: string | undefined

  constructor(deps: SnapshotKeeperDeps) {
    this.deps = deps
    this.pace = new Paced(deps.clock, share, () => void this.write(), settle)
  }

  /** Why it cannot be written. */
  problem(): string | undefined {
    return this.fault
  }

  changed(): void {
    if (this.ended) return
    this.dirty = true
    // How long the rest is after a writing is known at its end.
    if (!this.busy) this.pace.soon()
  }

  /** Writes what is not written yet. */
  async end(): Promise<void> {
    this.ended = true
    await this.write()
  }

  private write(): Promise<void> {
    this.writing = this.writing.then(() => (this.dirty ? this.writeNow() : undefined))
    return this.writing
  }

  private async writeNow(): Promise<void> {
    const { file, content, clock, log } = this.deps
    this.dirty = false
    this.busy = true
    const began = clock.now()
    try {
      await file.write(content())
      this.fault = undefined
    } catch (cause) {
      const fault = `${file.path}: ${messageOf(cause)}`
      if (fault !== this.fault) log.warn('snapshot cannot be written', { cause: fault })
      this.fault = fault
    }
    this.busy = false
    this.pace.worked(began)
    if (this.dirty && !this.ended) this.pace.soon()
  }
}
