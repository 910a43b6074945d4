import { instantAt, later, type Duration, type Instant } from '../model/duration.ts'
import type { Clock } from '../ports.ts'

interface Sleeper {
  readonly at: Instant
  readonly task: () => void
}

/** A clock that stands still until `advance` moves it; tasks run in order of their time. */
export class FakeClock implements Clock {
  private time: Instant = instantAt(0)
  private sleepers: Sleeper[] = []

  now(): Instant {
    return this.time
  }

  after(delay: Duration, task: () => void): () => void {
    const sleeper = { at: later(this.time, delay), task }
    this.sleepers.push(sleeper)
    return () => {
      this.sleepers = this.sleepers.filter((other) => other !== sleeper)
    }
  }

  /** Timers that have neither fired nor been cancelled. */
  pending(): number {
    return this.sleepers.length
  }

  /** Moves on by `span`, letting promises settle before and after each task that falls due. */
  async advance(span: Duration): Promise<void> {
    const end = later(this.time, span)
    await settle()
    for (let next = this.due(end); next; next = this.due(end)) {
      this.time = next.at
      this.sleepers = this.sleepers.filter((other) => other !== next)
      next.task()
      await settle()
    }
    this.time = end
  }

  /** The process stands still for `span`: what fell due meanwhile runs late, all at once. */
  async pause(span: Duration): Promise<void> {
    this.time = later(this.time, span)
    const late = this.sleepers.filter(({ at }) => at <= this.time).sort((a, b) => a.at - b.at)
    this.sleepers = this.sleepers.filter((sleeper) => !late.includes(sleeper))
    for (const { task } of late) task()
    await settle()
  }

  private due(end: Instant): Sleeper | undefined {
    return this.sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Lets everything that waits on already settled promises run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}
