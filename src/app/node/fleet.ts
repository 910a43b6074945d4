/* All announcers of this process: cuts the decisions into what each must make true here, and runs each. */
import { isDeepStrictEqual } from 'node:util'

import type {
  AnnouncerHost,
  DesiredState,
  LoadedPlugin,
  Observation,
  Secret,
  Target,
} from '#core/announcer.ts'
import type { OwnDecisions } from '#core/incremental/own-part.ts'
import { poolKind } from '#core/bgp/safety-belt.ts'
import type { Candidate } from '#core/candidates.ts'
import { DesiredBook } from '#core/desired.ts'
import type { Budget } from '#core/moves/budget.ts'
import { handoversOf } from '#core/moves/handover.ts'
import { compareAddresses, type Address } from '#core/model/address.ts'
import { since } from '#core/model/duration.ts'
import { sameItems } from '#core/model/same.ts'
import type { Clock, Gauge, Logger, MetricScope, Random } from '#core/ports.ts'
import { metric } from '#metrics/catalogue.ts'
import { PluginRunner, type RunnerStatus } from '#core/runtime/plugin-runner.ts'

import type { ConfiguredPlugin } from '../load-plugins.ts'
import { Asked } from './asked.ts'
import { Conflicts, type Conflict } from './conflicts.ts'
import type { Decided } from './decided.ts'
import { MoveQueue } from './move-queue.ts'
import type { Rights } from './rights.ts'
import { Stopwatch, type Cause } from './stopwatch.ts'

export interface FleetDeps {
  readonly node: string
  readonly plugins: readonly ConfiguredPlugin[]
  readonly rights: Rights
  readonly moveBudget: Budget
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: MetricScope
  /** What an announcer that surveys says of a candidate. */
  readonly surveyed?: (found: Surveyed) => void
  readonly secret: (ref: { readonly namespace?: string; readonly name: string }) => Promise<Secret>
}

export type Surveyed = Extract<Observation, { kind: 'candidate' }>

/** By announcer: addresses that are about to be handed out. */
export type Candidates = ReadonlyMap<string, readonly Candidate[]>

const none: Candidates = new Map()

export class Fleet {
  private readonly deps: FleetDeps
  private readonly crew: readonly Member[]
  private readonly listeners = new Set<() => void>()
  private readonly strangers: Conflicts
  private readonly epochs: Gauge
  private readonly queue: MoveQueue

  constructor(deps: FleetDeps) {
    this.deps = deps
    this.strangers = new Conflicts(deps.clock, () => this.publish())
    this.queue = new MoveQueue({ ...deps, budget: deps.moveBudget })
    this.epochs = deps.metrics.gauge(metric('herald_address_epoch'))
    this.crew = deps.plugins.map(({ plugin, config }) => {
      const runner = new PluginRunner({ plugin, config, host: this.hostFor(plugin.name) })
      const watch = new Stopwatch(plugin.name, deps)
      runner.onStatus((status) => {
        watch.status(status.targets)
        this.noteServing(status, asked)
        this.publish()
      })
      const book = new DesiredBook({ node: deps.node, announcer: plugin.name })
      const asked = new Asked()
      return {
        plugin,
        runner,
        watch,
        book,
        granted: new WeakMap(),
        given: new Map(),
        asked,
        watched: [],
        last: undefined,
        started: false,
      }
    })
  }

  /** `takesPart`: may this node answer for addresses that one node must answer for? */
  apply(decided: Decided, takesPart: boolean, cause: Cause, candidates: Candidates = none): void {
    const wishes = this.crew.map((member) => this.wishFor(member, decided, candidates))
    if (takesPart) this.grantTo(wishes, decided)
    else this.mute()
    for (const wish of wishes) this.tell(wish, takesPart, cause)
    this.strangers.retain(() => addressesOf(wishes))
  }

  /** Silences every address that only one node may answer for, on every thread, before anything else is done. */
  mute(): void {
    this.deps.rights.retain(new Set())
    this.queue.follow([])
  }

  statuses(): readonly RunnerStatus[] {
    return this.crew.filter(({ started }) => started).map(({ runner }) => runner.status())
  }

  conflicts(): readonly Conflict[] {
    return this.strangers.all()
  }

  /** Called after each change of what `statuses` or `conflicts` returns. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Tells the network to forget everything, then lets go. Nobody may come to read how long it took: the log has it. */
  async stop(): Promise<void> {
    this.strangers.stop()
    this.queue.follow([])
    const { clock, log } = this.deps
    const began = clock.now()
    const told = this.crew.map(({ watch }) => watch.leaveAll())
    await Promise.all(this.crew.map(({ runner }) => runner.stop({ withdraw: true })))
    const addresses = told.reduce((sum, count) => sum + count, 0)
    const left = this.crew.reduce((sum, { watch }) => sum + watch.toldNow(), 0)
    const fields = { addresses, seconds: since(began, clock.now()) / 1000 }
    if (left > 0) log.warn('not everything was withdrawn', { ...fields, left })
    else if (addresses > 0) log.info('withdrawn', fields)
  }

  private wishFor(member: Member, decided: Decided, candidates: Candidates): Wish {
    const { decisions, facts, parsed } = decided
    const announcer = member.plugin.name
    const desired = member.book.desired(decisions, facts, parsed.config)
    const used =
      parsed.config.advertisements.some((advertisement) => advertisement.announcer === announcer) ||
      Object.entries(desired.resources).some(([kind, list]) => kind !== poolKind && list.length > 0)
    const watched = member.plugin.witnesses ? this.watched(member, decided, desired.targets) : undefined
    const asked = candidates.get(announcer) ?? []
    return {
      member,
      used,
      ...desired,
      ...(watched && { watched }),
      ...(asked.length > 0 && { candidates: asked }),
    }
  }

  /** The same list while nothing in it changes, so that a comparison costs nothing. */
  private watched(member: Member, { decisions }: Decided, own: readonly Target[]): readonly Address[] {
    const mine = new Set(own.map(({ address }) => address))
    const others = elsewhere(decisions, member.plugin.name, this.deps.node)
    const addresses = [...others].filter((address) => !mine.has(address))
    if (!sameItems(addresses, member.watched)) member.watched = addresses
    return member.watched
  }

  /** What was lost to a node that lives is kept until it has taken over; at once, where this node cannot go on. */
  private grantTo(wishes: readonly Wish[], decided: Decided): void {
    const { rights, node } = this.deps
    const addresses = wishes
      .filter(({ member }) => member.plugin.placement === 'one-node')
      .flatMap(({ targets }) => targets.map(({ address }) => address))
    const wanted = new Set(addresses)
    const lost = rights.addresses().filter((address) => !wanted.has(address))
    const handovers = handoversOf(decided.decisions, lost, node)
    rights.retain(new Set([...wanted, ...handovers.map(({ address }) => address)]))
    for (const { address, manner } of handovers)
      if (manner === 'urgent') rights.resign(address)
      else if (manner === 'at-once') rights.offer(address)
    this.queue.follow(handovers.filter(({ manner }) => manner === 'in-turn'))
  }

  private noteServing(status: RunnerStatus, asked: Asked): void {
    const { rights } = this.deps
    for (const [address, grant] of asked.served(status))
      if (rights.held(address) === grant) rights.served(address)
  }

  /**
   * An announcer that no advertisement names is not even opened: its sockets and rights may not be there. One that is
   * named is opened before it has anything to announce, so that its first address does not wait for it.
   */
  private tell(
    { member, used, targets, resources, watched, candidates }: Wish,
    takesPart: boolean,
    cause: Cause,
  ): void {
    const permitted = targets.map((target) => this.permitted(member, target, takesPart))
    const wish = {
      targets: this.withRetiring(member, permitted),
      resources,
      ...(watched === undefined ? {} : { watched }),
      ...(candidates === undefined ? {} : { candidates }),
    }
    if (isDeepStrictEqual(wish, member.last) || (!used && !member.started)) return
    member.last = wish
    member.watch.desire(wish.targets, cause)
    if (!member.started) member.runner.start()
    member.started = true
    member.asked.note(member.given, member.runner.desire(wish))
  }

  /** The same object for the same target and grant, so that a comparison of all costs little. */
  private permitted({ plugin, granted }: Member, target: Target, takesPart: boolean): Target {
    if (plugin.placement === 'every-node') return target
    const grant = takesPart ? this.deps.rights.grant(target.address) : undefined
    const before = granted.get(target)
    if (before !== undefined && before.grant === grant) return before
    const permitted: Target = grant === undefined ? { ...target, stage: 'arm' } : { grant, ...target }
    granted.set(target, permitted)
    return permitted
  }

  /** With the targets that are another node's now, and are kept until it serves them. */
  private withRetiring({ plugin, given }: Member, targets: readonly Target[]): readonly Target[] {
    if (plugin.placement === 'every-node') return targets
    const wanted = new Set(targets.map(({ address }) => address))
    const retiring = [...given.values()]
      .filter(({ address, grant }) => !wanted.has(address) && this.deps.rights.held(address) === grant)
      .map((target): Target => ({ ...target, stage: 'retire' }))
    const before = new Map(given)
    given.clear()
    for (const target of [...targets, ...retiring])
      if (target.grant !== undefined) given.set(target.address, target)
    this.tellEpochs(before, given)
    if (retiring.length === 0) return targets
    return [...targets, ...retiring].toSorted((a, b) => compareAddresses(a.address, b.address))
  }

  private tellEpochs(before: ReadonlyMap<Address, Target>, now: ReadonlyMap<Address, Target>): void {
    for (const [ip, { grant }] of now)
      if (grant !== undefined && before.get(ip)?.grant !== grant) this.epochs.set({ ip }, grant.epoch.counter)
    for (const ip of before.keys()) if (!now.has(ip)) this.epochs.remove({ ip })
  }

  private hostFor(announcer: string): AnnouncerHost {
    const { node, clock, random, metrics, rights, secret } = this.deps
    const log = this.deps.log.child({ announcer })
    const report = (observation: Observation): void => this.observe(announcer, observation)
    return { node, clock, random, metrics, log, fence: rights.fence, secret, report }
  }

  private observe(announcer: string, observation: Observation): void {
    if (observation.kind === 'candidate') this.deps.surveyed?.(observation)
    if (observation.kind !== 'conflict') return
    this.strangers.report({ ...observation, announcer })
    this.publish()
  }

  private publish(): void {
    for (const listener of this.listeners) listener()
  }
}

interface Member {
  readonly plugin: LoadedPlugin
  readonly runner: PluginRunner
  readonly watch: Stopwatch
  readonly book: DesiredBook
  /** By target without a grant. */
  readonly granted: WeakMap<Target, Target>
  /** The last targets with a grant. */
  readonly given: Map<Address, Target>
  readonly asked: Asked
  /** What other nodes announce through the plugin. */
  watched: readonly Address[]
  last: Omit<DesiredState, 'generation'> | undefined
  started: boolean
}

interface Wish extends Pick<DesiredState, 'targets' | 'resources' | 'watched' | 'candidates'> {
  readonly member: Member
  /** The configuration names the announcer. */
  readonly used: boolean
}

/** Own ones, and those that are watched over. */
function addressesOf(wishes: readonly Wish[]): ReadonlySet<Address> {
  return new Set(
    wishes.flatMap(({ targets, watched = [] }) => [...targets.map(({ address }) => address), ...watched]),
  )
}

/** Addresses that other nodes were elected to announce. */
function elsewhere(
  { owners, assignments }: OwnDecisions,
  announcer: string,
  node: string,
): ReadonlySet<Address> {
  const services = new Set(
    owners
      .filter((owner) => owner.announcer === announcer && (owner.winner ?? node) !== node)
      .map(({ service }) => service),
  )
  const theirs = assignments.filter(({ service }) => services.has(service))
  return new Set(theirs.flatMap(({ addresses }) => addresses))
}
