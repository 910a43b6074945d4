/* Who holds which address, as the nodes tell one another: what stable election keeps. */
import type { Epoch } from '#core/announcer.ts'
import { outranks } from '#core/membership/claims.ts'
import { compareText } from '#core/model/collections.ts'
import type { Address } from '#core/model/address.ts'
import type { AnnouncerInfo, Holder } from '#core/model/facts.ts'
import { same } from '#core/model/same.ts'

import type { Liveness } from '../membership/liveness.ts'

export class Holders {
  private readonly liveness: Pick<Liveness, 'claims'>
  private readonly announcers: readonly string[]
  private known: readonly Holder[] = []

  /** A right is to an address, whichever announcer of one-node placement makes use of it. */
  constructor(liveness: Pick<Liveness, 'claims'>, announcers: readonly AnnouncerInfo[]) {
    this.liveness = liveness
    this.announcers = announcers.filter(({ placement }) => placement === 'one-node').map(({ name }) => name)
  }

  /** Sorted; the very same list for as long as nothing changes. A holder may be dead. */
  current(): readonly Holder[] {
    const owners = [...this.owners()].sort(([a], [b]) => compareText(a, b))
    const now = owners.flatMap(([address, { node }]) =>
      this.announcers.map((announcer) => ({ announcer, address, node })),
    )
    if (!same(now, this.known)) this.known = now
    return this.known
  }

  /** Who is ready for an address, or offers it, does not hold it; of two that do, the higher epoch counts. */
  private owners(): ReadonlyMap<Address, Epoch> {
    const owners = new Map<Address, Epoch>()
    for (const { node, address, counter, state } of this.liveness.claims()) {
      if (state !== 'held') continue
      const rival = owners.get(address)
      if (rival === undefined || outranks({ counter, node }, rival)) owners.set(address, { counter, node })
    }
    return owners
  }
}
