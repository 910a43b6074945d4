/*
 * For announcers that cannot ask the fence before each frame, because a kernel or another process speaks for them:
 * looks at the fence so often that a closed grant is noticed long before anybody else may answer.
 */
import type { Fence, Grant, Target } from '../announcer.ts'
import type { Address } from '../model/address.ts'
import { milliseconds, type Duration } from '../model/duration.ts'
import type { Clock } from '../ports.ts'

/** A tenth of the 200 ms in which an old owner must have fallen silent. */
const glanceEvery: Duration = milliseconds(20)

export interface FenceEvents {
  readonly closed: readonly Address[]
  /** Permitted again, by the same grant as before. */
  readonly opened: readonly Address[]
}

export class FenceWatch {
  private readonly fence: Fence
  private readonly clock: Clock
  private readonly changed: (events: FenceEvents) => void
  private grants: ReadonlyMap<Address, Grant> = new Map()
  private shut = new Set<Address>()
  private cancel: (() => void) | undefined

  constructor(deps: {
    readonly fence: Fence
    readonly clock: Clock
    readonly changed: (events: FenceEvents) => void
  }) {
    this.fence = deps.fence
    this.clock = deps.clock
    this.changed = deps.changed
  }

  /** Exactly these targets from now on; those without a grant are nobody's business. Tells at once what is closed. */
  watch(targets: readonly Target[]): void {
    const granted = targets.flatMap(({ address, grant }) => (grant ? [[address, grant] as const] : []))
    const stillShut = granted.filter(([address, grant]) => this.isShut(address, grant))
    this.shut = new Set(stillShut.map(([address]) => address))
    this.grants = new Map(granted)
    this.glance()
    this.schedule()
  }

  stop(): void {
    this.grants = new Map()
    this.cancel?.()
    this.cancel = undefined
  }

  /** The same grant as before, and it was shut when last looked at: it takes an event to open it. */
  private isShut(address: Address, grant: Grant): boolean {
    const before = this.grants.get(address)
    const same = before?.slot === grant.slot && before.epoch.counter === grant.epoch.counter
    return same && this.shut.has(address)
  }

  private schedule(): void {
    if (this.grants.size === 0) return this.stop()
    this.cancel ??= this.clock.after(glanceEvery, () => {
      this.cancel = undefined
      this.glance()
      this.schedule()
    })
  }

  private glance(): void {
    const [closed, opened] = [[] as Address[], [] as Address[]]
    for (const [address, grant] of this.grants) {
      const permitted = this.fence.permits(grant)
      if (permitted && this.shut.delete(address)) opened.push(address)
      if (!permitted && !this.shut.has(address)) closed.push(address)
    }
    for (const address of closed) this.shut.add(address)
    if (closed.length + opened.length > 0) this.changed({ closed, opened })
  }
}
