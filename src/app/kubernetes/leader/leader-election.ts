/* Which of the replicas writes: the holder of a Lease. The Lease is all that is written at rest. */
import { messageOf } from '#core/errors.ts'
import { later, milliseconds, since, type Duration, type Instant } from '#core/model/duration.ts'
import type { Clock, Logger, Random } from '#core/ports.ts'

import type { ApiClient, RawObject } from '../api/client.ts'
import { isConflict } from '../api/errors.ts'
import { ObjectStore } from '../api/object-store.ts'
import { metaOf } from '../api/projections.ts'
import { Reflector } from '../api/reflector.ts'
import { resources } from '../api/resources.ts'
import { heldBy, leaderFor, nextMove, released, type Lease, type Move } from './lease.ts'

export interface ElectionDeps {
  readonly client: ApiClient
  readonly namespace: string
  /** Of the Lease. */
  readonly name: string
  /** Of this process; no two may have the same. */
  readonly identity: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

export interface Leadership {
  /** False as soon as somebody else may be leader. */
  leads(): boolean
  /** Called when `leads` answers something else; also for a lapse that is over again. */
  onChange(listener: () => void): void
  /** Why the Lease is not kept. */
  problem(): string | undefined
  start(): void
  /** Leads no more. */
  stop(): Promise<void>
}

const tickEvery: Duration = milliseconds(250)
const answerWithin = 1500

export class LeaderElection implements Leadership {
  private readonly deps: ElectionDeps
  private readonly store = new ObjectStore<Lease>()
  private readonly reflector: Reflector<Lease>
  private readonly listeners = new Set<() => void>()
  private seenAt: Instant
  private renewed: Instant | undefined
  private until: Instant | undefined
  private busy: Promise<void> = Promise.resolve()
  private moving = false
  private stopped = false
  private led = false
  private trouble: string | undefined

  constructor(deps: ElectionDeps) {
    this.deps = deps
    const { client, clock, random, log, namespace, name } = deps
    this.seenAt = clock.now()
    this.reflector = new Reflector({
      client,
      resource: resources.leases,
      selection: { namespace, fieldSelector: `metadata.name=${name}` },
      project: leaseOf,
      store: this.store,
      clock,
      random,
      log,
    })
    this.store.onChange(() => {
      this.seenAt = clock.now()
      this.step()
    })
  }

  start(): void {
    this.reflector.start()
    this.tick()
  }

  /** Lets go of the Lease, so that another may take it at once. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.busy
    const lease = this.store.values().next().value
    if (this.until !== undefined && lease?.spec.holderIdentity === this.deps.identity) {
      const signal = AbortSignal.timeout(answerWithin)
      // Whoever cannot be told finds the Lease expired a few seconds later.
      await this.deps.client.replace(resources.leases, released(lease, new Date()), signal).catch(() => {})
    }
    this.until = undefined
    await this.reflector.stop()
  }

  leads(): boolean {
    return !this.stopped && this.until !== undefined && this.deps.clock.now() < this.until
  }

  /** Who holds it, as far as is known. */
  holder(): string | undefined {
    return this.store.values().next().value?.spec.holderIdentity
  }

  problem(): string | undefined {
    return this.trouble ?? this.reflector.problem()
  }

  /** Called when `leads` may answer something else. */
  onChange(listener: () => void): void {
    this.listeners.add(listener)
  }

  private tick(): void {
    if (this.stopped) return
    this.step()
    this.tell()
    const { clock, random } = this.deps
    clock.after(milliseconds(tickEvery * (0.75 + random.next() / 2)), () => this.tick())
  }

  private step(): void {
    if (this.moving || this.stopped || !this.store.synced) return
    const { identity, clock } = this.deps
    const lease: Lease | undefined = this.store.values().next().value
    const move = nextMove({ lease, since: this.seenAt, renewed: this.renewed }, identity, clock.now())
    if (move === 'wait') return
    this.moving = true
    this.busy = this.make(move, lease).finally(() => {
      this.moving = false
      this.tell()
    })
  }

  private async make(move: Move, lease: Lease | undefined): Promise<void> {
    const { client, clock, identity, namespace, name } = this.deps
    const began = clock.now()
    const object = heldBy(identity, { namespace, name }, lease, new Date())
    const signal = AbortSignal.timeout(answerWithin)
    try {
      const answer =
        move === 'create'
          ? await client.create(resources.leases, object, signal)
          : await client.replace(resources.leases, object, signal)
      // Listeners forget what a lapse has made stale, also one that is over before the next tick.
      this.tell()
      this.renewed = began
      this.until = later(began, leaderFor)
      this.trouble = undefined
      this.store.put(leaseOf(answer))
    } catch (error) {
      // Somebody was faster; the watch says who.
      if (isConflict(error)) return
      this.trouble = messageOf(error)
      // Not at every tick: a server that refuses or is away is asked once a second.
      if (since(began, clock.now()) < 1000)
        await new Promise<void>((resolve) => void clock.after(milliseconds(750), resolve))
    }
  }

  private tell(): void {
    const leads = this.leads()
    if (leads === this.led) return
    this.led = leads
    this.deps.log.info(leads ? 'leading' : 'not leading any more', { lease: this.deps.name })
    for (const listener of this.listeners) listener()
  }
}

function leaseOf(raw: RawObject): Lease {
  const { spec = {} } = raw as unknown as Partial<Lease>
  return { metadata: metaOf(raw, () => false), spec }
}
