/* Which Services got, changed or lost their addresses since this controller began to give them out. */
import type { Assignment } from '#core/model/decisions.ts'

import type { AddressChange } from '../../node/view/node-view.ts'
import { addressChange, remembered } from '../../node/view/remember.ts'

export class History {
  private readonly now: () => string
  private readonly known = new Map<string, Assignment>()
  private entries: readonly AddressChange[] = []

  /** `now`: RFC 3339. */
  constructor(now: () => string) {
    this.now = now
  }

  /** From here on; what stands in a status already was another's doing. */
  begin(assignments: readonly Assignment[], stands: (service: string) => boolean): void {
    this.known.clear()
    for (const assignment of assignments) {
      const { service } = assignment
      if (stands(service)) this.known.set(service, assignment)
      else this.note(service, assignment)
    }
  }

  /** Undefined: the Service is gone, or not ours any more. */
  note(service: string, is: Assignment | undefined): void {
    const change = addressChange(this.known.get(service), is, this.now())
    if (is === undefined) this.known.delete(service)
    else this.known.set(service, is)
    if (change !== undefined) this.entries = [change, ...this.entries].slice(0, remembered)
  }

  /** Newest first. */
  changes(): readonly AddressChange[] {
    return this.entries
  }
}
