/* One target of the engine, and what the wire has said of it so far. */
import type { Address } from '#core/model/address.ts'
import { NOWHERE, type Placing } from './interfaces.ts'
import type { L2Target } from './protocol.ts'
import type { Rival } from './status.ts'

export interface Entry {
  target: L2Target
  placing: Placing
  /** By link index: what neighbours on the link have been told, or are being told. */
  readonly cries: Map<number, Cry>
  /** Counter of the epoch for which the wire was found free. */
  free?: number
  rival?: Rival
}

/** One telling of one segment; a new epoch or a new hardware address makes another. */
export interface Cry {
  readonly address: Address
  readonly index: number
  readonly content: string
}

export type Entries = ReadonlyMap<Address, Entry>

export function newEntry(target: L2Target): Entry {
  return { target, placing: NOWHERE, cries: new Map() }
}

/** Nobody else answers, or who does agreed: under this epoch the node may begin. */
export function accept(entry: Entry): void {
  const counter = entry.target.grant?.epoch.counter
  if (counter !== undefined) entry.free = counter
  delete entry.rival
}

export function isAccepted({ free, target }: Entry): boolean {
  return free === target.grant?.epoch.counter
}
