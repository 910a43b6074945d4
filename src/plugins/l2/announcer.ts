/*
 * The plugin's life on the main thread: keeps what the engine has been told, sends it the difference, and passes on
 * what it reports. An engine that fails is started again by the next reconcile and told everything.
 */
import type {
  Announcer,
  AnnouncerHost,
  AnnouncerStatus,
  DesiredState,
  Offer,
  Target,
  TargetStatus,
} from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import { same } from '#core/model/same.ts'
import type { L2Config } from './config.ts'
import { logTo, type L2Log } from './log.ts'
import { registerMetrics, type L2Metrics } from './metrics.ts'
import type { Driver, EngineEvent, L2Candidate, L2Delta, L2Target, StartDriver } from './protocol.ts'

export function createL2Announcer(config: L2Config, host: AnnouncerHost, start: StartDriver): Announcer {
  return new L2Announcer(config, host, start)
}

type Candidate = NonNullable<DesiredState['candidates']>[number]

/** What the engine was told of a target, and what it last said. */
interface Known {
  readonly told: string
  status?: TargetStatus
}

class L2Announcer implements Announcer {
  readonly #config: L2Config
  readonly #host: AnnouncerHost
  readonly #start: StartDriver
  readonly #log: L2Log
  readonly #metrics: L2Metrics
  readonly #known = new Map<Address, Known>()
  #driver: Promise<Driver> | undefined
  #reconciling = false
  #interfaces = ''
  #watched: readonly Address[] = []
  #asked: readonly Candidate[] = []

  constructor(config: L2Config, host: AnnouncerHost, start: StartDriver) {
    this.#config = config
    this.#host = host
    this.#start = start
    this.#log = logTo(host.log)
    this.#metrics = registerMetrics(host.metrics)
  }

  async open(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#running(), signal)
  }

  async reconcile(
    { generation, targets, watched, candidates }: DesiredState,
    signal: AbortSignal,
  ): Promise<AnnouncerStatus> {
    this.#reconciling = true
    try {
      const driver = await unlessAborted(this.#running(), signal)
      const delta = { ...this.#difference(targets, watched ?? []), ...this.#toAsk(candidates ?? []) }
      await unlessAborted(this.#tell(driver, delta), signal)
    } finally {
      this.#reconciling = false
    }
    return { generation, targets: targets.flatMap(({ address }) => this.#known.get(address)?.status ?? []) }
  }

  async close(): Promise<void> {
    const driver = this.#driver
    this.#driver = undefined
    await driver?.then(
      (running) => running.close(),
      () => undefined,
    )
  }

  #running(): Promise<Driver> {
    this.#driver ??= this.#start(
      { config: this.#config, fence: this.#host.fence.memory },
      { engine: (event) => this.#hear(event), lost: (error) => this.#lost(error) },
    ).catch((error: unknown) => {
      this.#driver = undefined
      throw error
    })
    return this.#driver
  }

  /** What the engine does not know yet, or has to look at again because the fence moved or something was missing. */
  #difference(targets: readonly Target[], watched: readonly Address[]): L2Delta {
    const wanted = new Set(targets.map(({ address }) => address))
    // Shared addresses first: where many start at once, the rate makes the last ones wait.
    const ordered = targets.toSorted((a, b) => b.services.length - a.services.length)
    const put = ordered.map(asL2Target).filter((target) => {
      const known = this.#known.get(target.address)
      return known?.told !== textOf(target) || !this.#settled(target, known.status)
    })
    const drop = [...this.#known.keys()].filter((address) => !wanted.has(address))
    const unchanged = watched === this.#watched || watched.join() === this.#watched.join()
    return { put, drop, ...(unchanged ? {} : { watch: watched }) }
  }

  #toAsk(candidates: readonly Candidate[]): Pick<L2Delta, 'ask'> {
    if (same(candidates, this.#asked)) return {}
    this.#asked = candidates
    return { ask: candidates.map(asL2Candidate) }
  }

  #settled({ stage, grant }: L2Target, status: TargetStatus | undefined): boolean {
    if (stage === 'arm') return status?.phase === 'armed'
    const permitted = grant !== undefined && this.#host.fence.permits(grant)
    // The engine asks the wire again by itself.
    const waits = status?.phase === 'pending' && status.reason === 'AddressInUse'
    return permitted === (status?.phase === 'serving' || waits)
  }

  /** What was told counts as known at once, so that a reconcile which is given up midway is corrected by the next. */
  async #tell(driver: Driver, delta: L2Delta): Promise<void> {
    for (const address of delta.drop) this.#known.delete(address)
    for (const target of delta.put) {
      const status = this.#known.get(target.address)?.status
      this.#known.set(target.address, { told: textOf(target), ...(status === undefined ? {} : { status }) })
    }
    const unwatched = this.#unwatchedBy(delta)
    this.#watched = delta.watch ?? this.#watched
    await driver.apply(delta)
    for (const address of [...delta.drop, ...unwatched])
      if (!this.#known.has(address)) this.#metrics.forget(address)
  }

  #unwatchedBy({ watch }: L2Delta): readonly Address[] {
    if (watch === undefined) return []
    const still = new Set(watch)
    return this.#watched.filter((address) => !still.has(address))
  }

  #hear(event: EngineEvent): void {
    switch (event.kind) {
      case 'status':
        for (const status of event.targets) this.#changed(status)
        return
      case 'interfaces':
        this.#interfacesAre(event.names, event.subnets)
        return
      case 'conflict':
        this.#log.conflict(event.address, event.hardwareAddress, event.via)
        this.#host.report(event)
        return
      case 'candidate':
        this.#host.report(event)
        return
      case 'tally':
        this.#metrics.add(event)
        return
    }
  }

  /** What changes during a reconcile is in its result. */
  #changed(status: TargetStatus): void {
    const known = this.#known.get(status.address)
    if (known === undefined) return
    known.status = status
    if (!this.#reconciling) this.#host.report({ kind: 'target', ...status })
  }

  #interfacesAre(names: readonly string[], subnets: readonly string[]): void {
    const text = [names.join(), subnets.join()].join(' ')
    if (text === this.#interfaces) return
    this.#interfaces = text
    this.#log.interfaces(names, subnets)
    this.#host.report({ kind: 'reach', subnets })
  }

  #lost(error: string): void {
    this.#driver = undefined
    for (const address of [...this.#known.keys(), ...this.#watched]) this.#metrics.forget(address)
    this.#known.clear()
    this.#watched = []
    this.#asked = []
    this.#log.engineLost(error)
    this.#host.report({ kind: 'wake', reason: 'the l2 engine failed' })
  }
}

/** An advertisement without interfaces means all of them; several unite. */
function interfacesOf(offers: readonly Offer[]): Pick<L2Target, 'interfaces'> {
  const lists = offers.map(({ options }) => (options['interfaces'] ?? []) as readonly string[])
  const all = lists.some((list) => list.length === 0)
  return all ? {} : { interfaces: [...new Set(lists.flat())].toSorted() }
}

function asL2Target({ address, stage, grant, offers }: Target): L2Target {
  return { address, stage, ...(grant === undefined ? {} : { grant }), ...interfacesOf(offers) }
}

function asL2Candidate({ address, question, offers }: Candidate): L2Candidate {
  return { address, question, ...interfacesOf(offers) }
}

function textOf({ stage, grant, interfaces }: L2Target): string {
  // Joined, for a template that is kept keeps its parts as well.
  return [stage, grant?.slot, grant?.epoch.counter, grant?.handover, interfaces?.join() ?? '*'].join(' ')
}

/** The promise goes on unobserved once the signal aborts. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let giveUp = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason as Error)
  })
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp)
  try {
    return await Promise.race([aborted, promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
