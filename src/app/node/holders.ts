/*
 * Who holds which address, as the nodes tell one another: what stable election keeps. With every word of theirs it is
 * asked whether anything has changed, so a word costs the addresses that it is about.
 */
import type { Epoch } from '#core/announcer.ts'
import { outranks } from '#core/membership/claims.ts'
import { compareText } from '#core/model/collections.ts'
import type { Address } from '#core/model/address.ts'
import type { AnnouncerInfo, Holder } from '#core/model/facts.ts'

import type { Liveness } from '../membership/liveness.ts'

export class Holders {
  private readonly liveness: Pick<Liveness, 'wordsOn'>
  private readonly announcers: readonly string[]
  private readonly owners = new Map<Address, string>()
  /** Of which somebody has said something since the last look. */
  private readonly touched = new Set<Address>()
  private known: readonly Holder[] = []

  /**
   * A right is to an address, whichever announcer of one-node placement makes use of it. To be made before anybody has
   * said anything.
   */
  constructor(liveness: Pick<Liveness, 'wordsOn' | 'onWords'>, announcers: readonly AnnouncerInfo[]) {
    this.liveness = liveness
    this.announcers = announcers.filter(({ placement }) => placement === 'one-node').map(({ name }) => name)
    liveness.onWords((addresses) => {
      for (const address of addresses) this.touched.add(address)
    })
  }

  /** Sorted; the very same list for as long as nothing changes. A holder may be dead. */
  current(): readonly Holder[] {
    const changed = [...this.touched].filter((address) => this.look(address))
    this.touched.clear()
    if (changed.length > 0) this.known = this.renewed(new Set(changed))
    return this.known
  }

  /** Returns whether the address has another holder than before. */
  private look(address: Address): boolean {
    const owner = this.ownerOf(address)
    if (owner === this.owners.get(address)) return false
    if (owner === undefined) this.owners.delete(address)
    else this.owners.set(address, owner)
    return true
  }

  /** Who offers an address does not hold it; of two that do, the higher epoch counts. */
  private ownerOf(address: Address): string | undefined {
    let owner: Epoch | undefined
    for (const { node, counter, state } of this.liveness.wordsOn(address)) {
      if (state !== 'held' && state !== 'failing') continue
      if (owner === undefined || outranks({ counter, node }, owner)) owner = { counter, node }
    }
    return owner?.node
  }

  private renewed(changed: ReadonlySet<Address>): readonly Holder[] {
    const kept = this.known.filter(({ address }) => !changed.has(address))
    const fresh = [...changed].flatMap((address) => {
      const node = this.owners.get(address)
      return node === undefined ? [] : this.announcers.map((announcer) => ({ announcer, address, node }))
    })
    return [...kept, ...fresh].sort((a, b) => compareText(a.address, b.address))
  }
}
