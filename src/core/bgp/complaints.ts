/* What is wrong with the routes themselves is said once, and again when it returns after a correction. */
import type { LogFields } from '../ports.ts'
import type { PeerRoutes } from './routes.ts'

/** `contradiction`: advertisements disagree about one prefix. `refused`: the safety belt holds a prefix back. */
export type Complaint = 'contradiction' | 'refused'

export class Complaints {
  readonly #say: (line: Complaint, fields: LogFields) => void
  readonly #said = new Set<string>()

  constructor(say: (line: Complaint, fields: LogFields) => void) {
    this.#say = say
  }

  about({ contradictions, refused }: PeerRoutes): void {
    const now = new Map<string, () => void>()
    for (const contradiction of contradictions) {
      const { prefix, field, ignored } = contradiction
      now.set(`${prefix} ${field} ${ignored.advertisement}`, () =>
        this.#say('contradiction', { ...contradiction }),
      )
    }
    for (const [prefix, reason] of refused) {
      now.set(`${prefix} ${reason}`, () => this.#say('refused', { prefix, reason }))
    }
    for (const [key, complain] of now) if (!this.#said.has(key)) complain()
    this.#said.clear()
    for (const key of now.keys()) this.#said.add(key)
  }
}
