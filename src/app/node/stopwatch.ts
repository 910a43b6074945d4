/* How long it takes from noticing a change to the network being told, and told to forget, address by address. */
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

const quiet: ReadonlySet<TargetStatus['phase']> = new Set(['armed', 'silent'])

/** Of what is taken over from nodes that were lost just now. */
export function takeoverCause(
  lost: readonly string[],
  lastHeard: (node: string) => Instant | undefined,
  at: Instant,
): Cause {
  const heard = lost.flatMap((node) => lastHeard(node) ?? [])
  if (heard.length === 0) return { kind: 'takeover', at }
  return { kind: 'takeover', at, lastHeard: heard.reduce((a, b) => (a > b ? a : b)) }
}

export class Stopwatch {
  private readonly announcer: string
  private readonly clock: Clock
  private readonly announced: Histogram
  private readonly failedOver: Histogram
  private readonly silenced: Histogram
  private readonly running = new Map<Address, Cause>()
  private serving: ReadonlySet<Address> = new Set()
  /** What the network has been told. */
  private readonly told = new Set<Address>()
  private readonly leaving = new Map<Address, Instant>()

  constructor(announcer: string, deps: { readonly clock: Clock; readonly metrics: MetricScope }) {
    this.announcer = announcer
    this.clock = deps.clock
    this.announced = deps.metrics.histogram(metric('herald_announce_seconds'))
    this.failedOver = deps.metrics.histogram(metric('herald_failover_seconds'))
    this.silenced = deps.metrics.histogram(metric('herald_silence_seconds'))
  }

  /** Starts for each address that is to be served and was not, and for each that was and no longer is. */
  desire(targets: readonly Target[], cause: Cause): void {
    const served = targets.filter(({ stage }) => stage === 'serve').map(({ address }) => address)
    const before = this.serving
    this.serving = new Set(served)
    for (const address of this.running.keys()) if (!this.serving.has(address)) this.running.delete(address)
    for (const address of served) if (!before.has(address)) this.running.set(address, cause)
    for (const address of served) this.leaving.delete(address)
    this.leave()
  }

  /** Starts for everything that the network has been told, since the process ends; returns how many addresses that is. */
  leaveAll(): number {
    this.serving = new Set()
    this.running.clear()
    this.leave()
    return this.told.size
  }

  /** Addresses that the network has been told of, and not to forget. */
  toldNow(): number {
    return this.told.size
  }

  private leave(): void {
    const now = this.clock.now()
    for (const address of this.told)
      if (!this.serving.has(address) && !this.leaving.has(address)) this.leaving.set(address, now)
  }

  status(targets: ReadonlyMap<Address, TargetStatus>): void {
    for (const [address, { phase }] of targets) if (phase === 'serving') this.told.add(address)
    for (const [address, at] of this.leaving) {
      // Whoever has nothing to say of it any more has withdrawn it.
      if (!quiet.has(targets.get(address)?.phase ?? 'silent')) continue
      this.leaving.delete(address)
      this.told.delete(address)
      this.silenced.observe({ announcer: this.announcer }, since(at, this.clock.now()) / 1000)
    }
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
