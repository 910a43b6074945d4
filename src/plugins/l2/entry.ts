/* One target of the engine, and what the wire has said of it so far. */
import type { Address } from '#core/model/address.ts'
import { NOWHERE, type Placing } from './interfaces.ts'
import type { L2Target } from './protocol.ts'
import type { Rival } from './status.ts'
import type { Mac } from './wire/ethernet.ts'

export interface Entry {
  target: L2Target
  placing: Placing
  /** What neighbours have been told, or are being told: one for each link. A list, for a map costs 200 bytes. */
  cries: readonly Cry[]
  /** Counter of the epoch for which the wire was found free. */
  free: number | undefined
  /** Counter of the epoch under which the wire was asked, or could not be: nothing is fresh any more. */
  asked: number | undefined
  rival: Rival | undefined
}

/** One telling of one segment; a new epoch or a new hardware address makes another. */
export interface Cry {
  readonly address: Address
  /** Of the link. */
  readonly index: number
  /** Of the epoch. */
  readonly counter: number | undefined
  readonly hardwareAddress: Mac
}

export type Entries = ReadonlyMap<Address, Entry>

export function newEntry(target: L2Target): Entry {
  return { target, placing: NOWHERE, cries: [], free: undefined, asked: undefined, rival: undefined }
}

/** Nobody else answers, or who does agreed: under this epoch the node may begin. */
export function accept(entry: Entry): void {
  const counter = entry.target.grant?.epoch.counter
  if (counter !== undefined) entry.free = counter
  entry.rival = undefined
}

export function isAccepted({ free, target }: Entry): boolean {
  return free === target.grant?.epoch.counter
}
