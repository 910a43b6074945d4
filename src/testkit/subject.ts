import type { LoadedPlugin, Offer, Resource, Secret } from '../core/announcer.ts'
import type { Address } from '../core/model/address.ts'
import type { Duration } from '../core/model/duration.ts'
import type { Clock } from '../core/ports.ts'

/**
 * A plugin in a small world of its own, as the kit needs it. A fresh subject is made for every property, so that no
 * property depends on another. What is optional is an ability: declare it and the kit proves it.
 */
export interface Subject {
  readonly plugin: LoadedPlugin
  /** Input for `parseConfig`. */
  readonly config: unknown
  /** Input that `parseConfig` must refuse. */
  readonly invalidConfig: unknown
  /** At least three addresses that the plugin can announce in this world. */
  readonly addresses: readonly [Address, Address, Address, ...Address[]]
  /** What every target offers; one offer without options by default. */
  readonly offers?: readonly Offer[]
  readonly resources?: Readonly<Record<string, readonly Resource[]>>
  readonly secrets?: Readonly<Record<string, Secret>>
  /** What an outsider sees announced at this moment: captured frames, a peer's RIB, a server's records. */
  observe(): Promise<ReadonlySet<Address>>
  /** An address the plugin can not announce here; the kit proves that it stops no other. */
  readonly impossible?: Address
  /** The far side goes away and comes back. */
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> }
  /** Something an earlier run left behind. */
  readonly leftovers?: { plant(address: Address): Promise<void> }
  /** The clock the plugin is given; real time by default. */
  readonly clock?: Clock
  /** Lets a moment of the subject's time pass while the kit waits for the world to follow; 5 ms of real time by default. */
  pass?(): Promise<void>
  /** How many such moments the world may take to follow a reconcile; 1000 by default. */
  readonly patience?: number
  /** How long `reconcile` may take to settle after its signal aborts; 5 s by default. */
  readonly grace?: Duration
  dispose(): Promise<void>
}

export type SubjectFactory = () => Promise<Subject>
