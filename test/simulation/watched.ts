/* One address as a client on the segment sees it: from whom it gets answers, since when, and under which epochs. */
import type { Epoch, Grant } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'

import type { World } from './world.ts'

export class Watched {
  readonly address: Address
  /** Nodes that the client gets answers from. */
  owners: readonly number[] = []
  /** Since when each of them is one. */
  readonly from = new Map<number, number>()
  /** The counter under which each node answered last. */
  readonly under = new Map<number, number>()
  /** When each node minted its newest right. */
  readonly mintedAt = new Map<number, number>()
  /** Whether somebody had agreed by then, who might still answer. */
  readonly consented = new Map<number, boolean>()
  /** Which life of each node answered last, and under which counter. */
  readonly lives = new Map<number, { readonly life: number; readonly counter: number }>()
  /** Since when there is none. */
  since: number
  /** Who answered last before it was answered anew. */
  lastOwner?: number
  /** That one did so for less than a beat: nobody may have been told of it. */
  lastWasBrief = false
  /** Who answered when the faults began. */
  first?: number
  readonly #world: World

  constructor(world: World, address: Address) {
    this.#world = world
    this.address = address
    this.since = world.agenda.now
  }

  /** For how long nobody has answered. */
  get silentFor(): number {
    return this.owners.length > 0 ? 0 : this.#world.agenda.now - this.since
  }

  /** By those that it was answered by when it was last looked at. Asked after every event: nothing is made for it. */
  isAsBefore(): boolean {
    const { owners } = this
    const world = this.#world
    let seen = 0
    for (let index = 0; index < world.scenario.nodes; index++)
      if (world.answers(index, this.address) && owners[seen++] !== index) return false
    return seen === owners.length
  }

  /** Takes in who answers now; returns who did before, and who begins to. */
  look(): { readonly before: readonly number[]; readonly begun: readonly number[] } {
    const { now } = this.#world.agenda
    const before = this.owners
    if (before.length > 0) {
      this.lastOwner = before[0]!
      this.lastWasBrief = now - (this.from.get(before[0]!) ?? now) < this.#world.scenario.timing.beatEvery
    }
    this.owners = Array.from({ length: this.#world.scenario.nodes }, (_, index) => index).filter((index) =>
      this.#world.answers(index, this.address),
    )
    if (this.owners.length === 0) this.since = now
    for (const index of before) if (!this.owners.includes(index)) this.from.delete(index)
    const begun = this.owners.filter((index) => !before.includes(index))
    for (const index of begun) this.from.set(index, now)
    return { before, begun }
  }

  grantOf(index: number): Grant | undefined {
    return this.#world.processes[index]?.responder.grantOf(this.address)
  }

  epochOf(index: number): Epoch | undefined {
    return this.grantOf(index)?.epoch
  }
}
