/* All links the engine listens on. A link that cannot be listened on is tried again. */
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import type { LinkFacts } from './interfaces.ts'
import { Listener } from './listener.ts'
import type { Wire } from './wire.ts'

/** How long a link that could not be listened on is left alone. */
const RETRY_INTERVAL = seconds(1)

const NOTHING: ReadonlySet<Address> = new Set()

export interface ListenersDeps {
  readonly wire: Wire
  readonly clock: Clock
  /** It is time to try the faulty ones again. */
  readonly retry: () => void
}

export class Listeners {
  readonly #deps: ListenersDeps
  readonly #byIndex = new Map<number, Listener>()
  #cancelRetry: (() => void) | undefined

  constructor(deps: ListenersDeps) {
    this.#deps = deps
  }

  get(index: number): Listener | undefined {
    return this.#byIndex.get(index)
  }

  /** Listens for the address on exactly these links, from the next `refresh` on. */
  place(address: Address, links: readonly LinkFacts[]): void {
    const kept = new Set(links.map(({ index }) => index))
    for (const [index, listener] of this.#byIndex) if (!kept.has(index)) listener.remove(address)
    for (const link of links) this.#on(link).add(address)
  }

  /** Watches the addresses on exactly these links, from the next `refresh` on. */
  watch(addresses: ReadonlySet<Address>, links: readonly LinkFacts[]): void {
    const kept = new Set(links.map(({ index }) => index))
    for (const [index, listener] of this.#byIndex) if (!kept.has(index)) listener.watch(NOTHING)
    if (addresses.size === 0) for (const listener of this.#byIndex.values()) listener.watch(NOTHING)
    else for (const link of links) this.#on(link).watch(addresses)
  }

  /** Makes the wire follow; true if that changed what is wrong with a link. */
  refresh(): boolean {
    let changed = false
    for (const [index, listener] of this.#byIndex) {
      changed = listener.refresh() || changed
      if (listener.idle) this.#byIndex.delete(index)
      else if (listener.fault !== undefined) this.scheduleRetry()
    }
    return changed
  }

  /** Why listening failed, by link index. */
  faults(): ReadonlyMap<number, string> {
    const faults = new Map<number, string>()
    for (const [index, { fault }] of this.#byIndex) if (fault !== undefined) faults.set(index, fault)
    return faults
  }

  scheduleRetry(): void {
    this.#cancelRetry ??= this.#deps.clock.after(RETRY_INTERVAL, () => {
      this.#cancelRetry = undefined
      this.#deps.retry()
    })
  }

  close(): void {
    this.#cancelRetry?.()
    for (const { link } of this.#byIndex.values()) this.#deps.wire.listen(link, [], [])
    this.#byIndex.clear()
  }

  #on(link: LinkFacts): Listener {
    const listener = this.#byIndex.get(link.index) ?? new Listener(link, this.#deps.wire)
    this.#byIndex.set(link.index, listener)
    return listener
  }
}
