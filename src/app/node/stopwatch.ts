/* How long it takes from noticing a change to the network being told, address by address. */
import type { Target, TargetStatus } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import { since, type Instant } from '#core/model/duration.ts'
import type { Clock, Histogram, MetricScope } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'

/** Why something new is to be announced, and when that was noticed. */
export interface Cause {
  readonly kind: 'start' | 'change' | 'takeover'
  readonly at: Instant
  /** Takeover: the last sign of life of the node that was lost. */
  readonly lastHeard?: Instant
}

export class Stopwatch {
  private readonly announcer: string
  private readonly clock: Clock
  private readonly announced: Histogram
  private readonly failedOver: Histogram
  private readonly running = new Map<Address, Cause>()
  private serving: ReadonlySet<Address> = new Set()

  constructor(announcer: string, deps: { readonly clock: Clock; readonly metrics: MetricScope }) {
    this.announcer = announcer
    this.clock = deps.clock
    this.announced = deps.metrics.histogram(metric('herald_announce_seconds'))
    this.failedOver = deps.metrics.histogram(metric('herald_failover_seconds'))
  }

  /** Starts for each address that is to be served and was not; stops for those that no longer are. */
  desire(targets: readonly Target[], cause: Cause): void {
    const served = targets.filter(({ stage }) => stage === 'serve').map(({ address }) => address)
    const before = this.serving
    this.serving = new Set(served)
    for (const address of this.running.keys()) if (!this.serving.has(address)) this.running.delete(address)
    for (const address of served) if (!before.has(address)) this.running.set(address, cause)
  }

  status(targets: ReadonlyMap<Address, TargetStatus>): void {
    for (const [address, cause] of this.running) {
      if (targets.get(address)?.phase !== 'serving') continue
      this.running.delete(address)
      this.observe(cause)
    }
  }

  private observe({ kind, at, lastHeard }: Cause): void {
    const now = this.clock.now()
    this.announced.observe({ announcer: this.announcer, cause: kind }, since(at, now) / 1000)
    if (lastHeard !== undefined) this.failedOver.observe({}, since(lastHeard, now) / 1000)
  }
}
