/* Keys to be made true, each by one worker at a time; what fails is tried again, later and later. */
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'
import { retryDelay, type RetryPolicy } from '#core/runtime/retry-schedule.ts'

/** `again`: at once, something has changed. A duration: not before. */
export type WorkResult = 'done' | 'again' | 'failed' | Duration

export interface WorkDeps {
  readonly work: (key: string) => Promise<WorkResult>
  readonly concurrency: number
  readonly clock: Clock
  readonly random: Random
  /** Called whenever the queue has run empty. */
  readonly idle: () => void
}

/** An API server that is back is used within a second. */
const retries: RetryPolicy = { first: milliseconds(100), factor: 2, cap: seconds(1), jitter: 0.5 }

export class WorkQueue {
  private readonly deps: WorkDeps
  private readonly waiting = new Set<string>()
  private readonly running = new Set<string>()
  private readonly failures = new Map<string, number>()
  private readonly timers = new Map<string, () => void>()
  private paused = true

  constructor(deps: WorkDeps) {
    this.deps = deps
  }

  add(keys: Iterable<string>): void {
    for (const key of keys) this.waiting.add(key)
    this.pump()
  }

  resume(): void {
    this.paused = false
    this.pump()
  }

  /** Forgets what waits; what runs ends by itself. */
  clear(): void {
    this.paused = true
    this.waiting.clear()
    this.failures.clear()
    for (const cancel of this.timers.values()) cancel()
    this.timers.clear()
  }

  get busy(): boolean {
    return this.waiting.size + this.running.size > 0
  }

  /** How many keys keep failing. */
  get failing(): number {
    return this.failures.size
  }

  private pump(): void {
    if (this.paused) return
    for (const key of this.waiting) {
      if (this.running.size >= this.deps.concurrency) return
      if (this.running.has(key)) continue
      this.waiting.delete(key)
      this.running.add(key)
      void this.run(key)
    }
    if (!this.busy) this.deps.idle()
  }

  private async run(key: string): Promise<void> {
    const result = await this.deps.work(key).catch((): WorkResult => 'failed')
    this.running.delete(key)
    if (result === 'again') this.waiting.add(key)
    if (result === 'failed') this.retry(key)
    else this.failures.delete(key)
    if (typeof result === 'number') this.after(key, result)
    this.pump()
  }

  private retry(key: string): void {
    if (this.paused) return
    const attempt = this.failures.get(key) ?? 0
    this.failures.set(key, attempt + 1)
    this.after(key, retryDelay(retries, attempt, this.deps.random))
  }

  private after(key: string, delay: Duration): void {
    this.timers.get(key)?.()
    const cancel = this.deps.clock.after(delay, () => {
      this.timers.delete(key)
      this.add([key])
    })
    this.timers.set(key, cancel)
  }
}
