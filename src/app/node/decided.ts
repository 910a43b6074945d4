/* What a process has decided, and from what. */
import type { ParsedConfig } from '#core/config/parse.ts'
import type { OwnDecisions } from '#core/incremental/own-part.ts'
import type { Announcement } from '#core/model/decisions.ts'
import type { Facts } from '#core/model/facts.ts'

export interface Decided {
  readonly facts: Facts
  readonly parsed: ParsedConfig
  readonly decisions: OwnDecisions
  /** Held back, and likely to come: their gates have been neither open nor shut yet. */
  readonly untried?: readonly Announcement[]
  /** When to decide again though no fact changes but the time: on the clock of the returns. */
  readonly next?: number | undefined
}
