/* Is it alive, and does it stay within its memory? */
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'
import type { PluginMessage } from '#core/plugin-protocol/messages.ts'
import type { Clock } from '#core/ports.ts'

import type { Limits } from './source.ts'

const pingEvery: Duration = seconds(1)
/** A process that takes a gigabyte a second is ended before it has taken two quarters of one. */
const weighEvery: Duration = milliseconds(250)
const mebibyte = 1024 * 1024

export interface VitalsDeps {
  readonly clock: Clock
  readonly limits: Limits
  /** A call is in flight whose own bound counts, for the plugin does one thing at a time. */
  busy(): boolean
  memory(): number | undefined
  ping(): Promise<unknown>
  fail(why: string): void
}

export class Vitals {
  readonly #deps: VitalsDeps
  #cancel: (() => void)[] = []

  constructor(deps: VitalsDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#every(pingEvery, () => {
      // Its failure is told by `fail`, with the reason.
      if (!this.#deps.busy()) this.#deps.ping().catch(() => undefined)
    })
    this.#every(weighEvery, () => this.#weigh(this.#deps.memory()))
  }

  stop(): void {
    for (const cancel of this.#cancel) cancel()
    this.#cancel = []
  }

  /** What a pong tells: memory that the host cannot see from outside, and messages that were held back. */
  heard({ memory, dropped = 0 }: Extract<PluginMessage, { type: 'pong' }>): void {
    this.#weigh(memory)
    if (dropped > 0) this.#deps.fail(`sent ${dropped} messages more than the host takes`)
  }

  #weigh(bytes: number | undefined): void {
    const { limits } = this.#deps
    if (bytes === undefined || bytes <= limits.memory) return
    this.#deps.fail(`used more than ${Math.floor(limits.memory / mebibyte)} MiB of memory`)
  }

  #every(span: Duration, task: () => void): void {
    const slot = this.#cancel.length
    const next = (): void => {
      this.#cancel[slot] = this.#deps.clock.after(span, () => {
        next()
        task()
      })
    }
    next()
  }
}
