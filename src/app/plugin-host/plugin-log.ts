/* What a plugin says, into Herald's log: so many lines a second, secrets blacked out. */
import type { LogLevel } from '#core/plugin-protocol/messages.ts'
import type { Clock, LogFields, Logger } from '#core/ports.ts'

import { Rate } from './rate.ts'
import type { Redaction } from './redaction.ts'

export class PluginLog {
  readonly #log: Logger
  readonly #rate: Rate
  readonly #redaction: Redaction

  constructor(deps: {
    readonly log: Logger
    readonly clock: Clock
    readonly linesPerSecond: number
    readonly redaction: Redaction
  }) {
    this.#log = deps.log
    this.#rate = new Rate(deps.clock, deps.linesPerSecond)
    this.#redaction = deps.redaction
  }

  /** A line of its standard error or its console. */
  line(text: string): void {
    if (this.#admits()) this.#log.info(this.#redaction.text(text), { source: 'plugin' })
  }

  entry(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (this.#admits()) this.#log[level](this.#redaction.text(message), this.#redaction.value(fields))
  }

  #admits(): boolean {
    if (!this.#rate.admits()) return false
    const refused = this.#rate.takeRefused()
    if (refused > 0) this.#log.warn('lines of the plugin left out, it logs too much', { lines: refused })
    return true
  }
}
