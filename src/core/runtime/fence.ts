import { fenceOver, type Fence, type Grant } from '../announcer.ts'
import type { Address } from '../model/address.ts'

export interface GrantBookOptions {
  readonly node: string
  readonly slots?: number
  /** The highest this node has used before, from its last run if known. */
  readonly counter?: number
  /** For `fenceOver`. */
  readonly monotonic?: () => number
}

export interface GrantTerms {
  /** The highest counter heard of. */
  readonly after?: number
  readonly handover?: boolean
  readonly fresh?: boolean
}

/**
 * The host's side of the fence: hands out grants and takes them back. A revoked slot reads 0 at once on every thread,
 * so a plugin falls silent before it is even told. Counters only grow, so that a slot may be used again without an
 * old grant coming to life.
 */
export class GrantBook {
  readonly fence: Fence
  private readonly node: string
  private readonly cells: Int32Array
  private readonly grants = new Map<Address, Grant>()
  private readonly freeSlots: number[] = []
  private nextSlot = 0
  private counter: number
  private suspended = false

  constructor(options: GrantBookOptions) {
    this.node = options.node
    const slots = options.slots ?? 65_536
    // And the cell of the lease.
    const memory = new SharedArrayBuffer(4 * (slots + 1))
    this.cells = new Int32Array(memory, 0, slots)
    this.fence = fenceOver(memory, options.monotonic)
    this.counter = options.counter ?? 0
  }

  /**
   * The grant for an address, minted when there is none yet, above the counter `after`. Undefined when every slot is
   * taken.
   */
  grant(
    address: Address,
    { after = 0, handover = false, fresh = false }: GrantTerms = {},
  ): Grant | undefined {
    const held = this.grants.get(address)
    if (held) return held
    const slot = this.freeSlots.pop() ?? (this.nextSlot < this.cells.length ? this.nextSlot++ : undefined)
    if (slot === undefined) return undefined
    this.counter = Math.max(this.counter, after) + 1
    const epoch = { counter: this.counter, node: this.node }
    const grant: Grant = { epoch, slot, ...(handover ? { handover } : {}), ...(fresh ? { fresh } : {}) }
    this.grants.set(address, grant)
    if (!this.suspended) Atomics.store(this.cells, slot, grant.epoch.counter)
    return grant
  }

  held(address: Address): Grant | undefined {
    return this.grants.get(address)
  }

  addresses(): readonly Address[] {
    return [...this.grants.keys()]
  }

  /** Silences the address on every thread. */
  revoke(address: Address): void {
    const grant = this.grants.get(address)
    if (!grant) return
    Atomics.store(this.cells, grant.slot, 0)
    this.grants.delete(address)
    this.freeSlots.push(grant.slot)
  }

  /** Keeps exactly these addresses; everything else falls silent. */
  retain(addresses: ReadonlySet<Address>): void {
    for (const address of this.grants.keys()) if (!addresses.has(address)) this.revoke(address)
  }

  /** Closes every slot without forgetting the grants: this process has reason to doubt them. */
  suspend(): void {
    this.suspended = true
    for (const { slot } of this.grants.values()) Atomics.store(this.cells, slot, 0)
  }

  resume(): void {
    this.suspended = false
    for (const { slot, epoch } of this.grants.values()) Atomics.store(this.cells, slot, epoch.counter)
  }
}
