/* Where a command that moves addresses looks, and where it leaves what it asks for: a cluster, or a folder and its state. */
import type { Address } from '#core/model/address.ts'
import type { Facts } from '#core/model/facts.ts'

export interface MovePlace {
  /** What the nodes decide from, with who holds and serves what now. Rejects with a sentence for the person. */
  read(): Promise<Seen>
  /** Who serves each address of one-node placement now. */
  serving(): Promise<Serving>
  /** Who announces each address of every-node placement now, or has not yet withdrawn it from all peers. */
  routes(): Promise<Serving>
  /** Asks the nodes to drain one of them, saying why; undefined: no longer. */
  drain(node: string, why: string | undefined): Promise<void>
  /** Asks the nodes to have these Services (`namespace/name`) on a Node; undefined: wherever they elect. */
  move(wishes: ReadonlyMap<string, string | undefined>): Promise<void>
  /** Milliseconds between two looks at `serving` and `routes`. */
  readonly lookEvery: number
}

export interface Seen {
  readonly facts: Facts
  readonly serving: Serving
  /** Services (`namespace/name`) that are gone, and are still asked for on a Node. */
  readonly outlived?: readonly string[]
}

export type Serving = ReadonlyMap<Address, ReadonlySet<string>>
