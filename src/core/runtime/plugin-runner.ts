/*
 * Runs one plugin: performs the effects of runner-machine.ts with real promises and the injected clock, and keeps what
 * is known of each target and peer. What a plugin throws, rejects or never finishes stays inside.
 */
import type {
  Announcer,
  AnnouncerHost,
  AnnouncerStatus,
  DesiredState,
  LoadedPlugin,
  Observation,
  TargetStatus,
} from '../announcer.ts'
import { messageOf } from '../errors.ts'
import type { Address } from '../model/address.ts'
import { milliseconds, seconds, since } from '../model/duration.ts'
import { defaultRetry, retryDelay } from './retry-schedule.ts'
import {
  started,
  superseded,
  transition,
  type RunnerEffect,
  type RunnerEvent,
  type RunnerState,
  type RunnerTimes,
} from './runner-machine.ts'

export type PeerObservation = Extract<Observation, { kind: 'peer' }>

export interface RunnerStatus {
  readonly plugin: string
  /** Open, and neither stuck nor failing as a whole. */
  readonly healthy: boolean
  readonly phase: RunnerState['at']
  /** Why it is not healthy. */
  readonly error?: string
  /** Generation the plugin last answered; 0 before the first answer. */
  readonly generation: number
  readonly targets: ReadonlyMap<Address, TargetStatus>
  /** By resource name; peers that left the desired state are gone. */
  readonly peers: ReadonlyMap<string, PeerObservation>
}

export interface RunnerDeps {
  readonly plugin: LoadedPlugin
  /** What `plugin.parseConfig` returned. */
  readonly config: unknown
  readonly host: AnnouncerHost
  readonly times?: Partial<Pick<RunnerTimes, 'deadline' | 'grace'>>
}

/** Longer than any plugin may be told to drain. */
const drainBound = seconds(10)

export class PluginRunner {
  private readonly deps: RunnerDeps
  private readonly times: RunnerTimes
  private readonly listeners = new Set<(status: RunnerStatus) => void>()
  private readonly targets = new Map<Address, TargetStatus>()
  private readonly peers = new Map<string, PeerObservation>()
  private readonly whenClosed: Promise<void>
  private resolveClosed: () => void = () => {}
  private state: RunnerState | undefined
  private instance: Announcer | undefined
  private controller = new AbortController()
  private cancelTimer: () => void = () => {}
  private latest: DesiredState | undefined
  private issued = 0
  private answered = 0
  private error: string | undefined

  constructor(deps: RunnerDeps) {
    this.deps = deps
    this.times = {
      deadline: deps.times?.deadline ?? seconds(10),
      grace: deps.times?.grace ?? seconds(5),
      retry: (failures) => retryDelay(defaultRetry, failures - 1, deps.host.random),
    }
    this.whenClosed = new Promise((resolve) => {
      this.resolveClosed = resolve
    })
  }

  start(): void {
    if (this.state) return
    this.step(started(this.deps.host.clock.now(), this.times))
  }

  /** The newest wish; returns the generation it was given. */
  desire(wish: Omit<DesiredState, 'generation'>): number {
    this.latest = Object.freeze({ ...wish, generation: ++this.issued })
    this.forgetPeers(this.latest)
    this.feed({ on: 'desire', desired: this.latest })
    return this.issued
  }

  /** Settles when the plugin is closed. With `withdraw` the network is told to forget everything first. */
  async stop({ withdraw }: { readonly withdraw: boolean }): Promise<void> {
    if (!this.state) return
    if (withdraw && this.deps.plugin.drains && this.status().healthy) await this.drained()
    this.feed({ on: 'stop', withdraw })
    await this.whenClosed
  }

  /** Settles when every target has retired, or has taken too long. */
  private async drained(): Promise<void> {
    const { latest } = this
    if (latest === undefined || latest.targets.length === 0) return
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        cancel()
        stopListening()
        resolve()
      }
      const cancel = this.deps.host.clock.after(drainBound, finish)
      const stopListening = this.onStatus(({ generation, targets }) => {
        const over = [...targets.values()].every(({ phase }) => phase === 'silent' || phase === 'failed')
        if (generation === this.issued && over) finish()
      })
      this.desire({ ...latest, targets: latest.targets.map((target) => ({ ...target, stage: 'retire' })) })
    })
  }

  status(): RunnerStatus {
    const phase = this.state?.at ?? 'closed'
    return {
      plugin: this.deps.plugin.name,
      healthy:
        this.error === undefined && (phase === 'idle' || phase === 'busy') && this.instance !== undefined,
      phase,
      ...(this.error === undefined ? {} : { error: this.error }),
      generation: this.answered,
      targets: this.targets,
      peers: this.peers,
    }
  }

  /** Called after every change of what `status` returns; returns the unsubscribe function. */
  onStatus(listener: (status: RunnerStatus) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private feed(event: RunnerEvent): void {
    if (!this.state) return
    this.step(transition(this.state, event, this.deps.host.clock.now(), this.times))
  }

  private step({
    state,
    effects,
  }: {
    readonly state: RunnerState
    readonly effects: readonly RunnerEffect[]
  }): void {
    const before = this.state
    this.state = state
    if (state.at === 'stuck' && before?.at !== 'stuck') {
      this.error = `${state.call} neither settled nor obeyed its abort signal`
      this.deps.host.log.error('plugin is stuck', { plugin: this.deps.plugin.name, call: state.call })
    }
    this.setTimer(state)
    for (const effect of effects) this.perform(effect)
    if (state.at === 'closed') this.resolveClosed()
    this.publish()
  }

  private setTimer(state: RunnerState): void {
    this.cancelTimer()
    this.cancelTimer = () => {}
    if (!('until' in state) || state.until === undefined) return
    const { clock } = this.deps.host
    const delay = milliseconds(Math.max(0, since(clock.now(), state.until)))
    this.cancelTimer = clock.after(delay, () => this.feed({ on: 'timeout' }))
  }

  private perform(effect: RunnerEffect): void {
    switch (effect.do) {
      case 'open':
        void this.call(
          (signal) => this.create().open(signal),
          () => this.feed({ on: 'opened' }),
        )
        return
      case 'reconcile':
        void this.call(
          (signal) => this.running().reconcile(effect.desired, signal),
          (status) => this.settled(effect.desired, status),
        )
        return
      case 'abort':
        this.controller.abort()
        return
      case 'discard':
        void this.dispose()
        return
      case 'close':
        void this.dispose().then(() => this.feed({ on: 'closed' }))
        return
    }
  }

  /** The outcome arrives later, as an event and never as an exception; a synchronous throw counts as a rejection. */
  private async call<T>(run: (signal: AbortSignal) => Promise<T>, landed: (value: T) => void): Promise<void> {
    this.controller = new AbortController()
    const { signal } = this.controller
    let value: T
    try {
      await Promise.resolve()
      value = await run(signal)
    } catch (cause) {
      this.failed(signal.aborted ? this.overdue() : cause)
      return
    }
    this.error = undefined
    landed(value)
  }

  private create(): Announcer {
    const host: AnnouncerHost = { ...this.deps.host, report: (observation) => this.observed(observation) }
    this.instance = this.deps.plugin.create(this.deps.config, host)
    return this.instance
  }

  private running(): Announcer {
    if (!this.instance) throw new Error('no instance')
    return this.instance
  }

  private settled(desired: DesiredState, status: AnnouncerStatus): void {
    if (status.generation !== desired.generation) {
      this.failed(`answered generation ${status.generation}, was asked for ${desired.generation}`)
      return
    }
    this.answered = status.generation
    this.targets.clear()
    for (const target of status.targets) this.targets.set(target.address, target)
    this.feed({ on: 'settled', status })
  }

  private failed(cause: unknown): void {
    if (this.state && !superseded(this.state)) {
      this.error = messageOf(cause)
      this.deps.host.log.error('plugin call failed', { plugin: this.deps.plugin.name, error: this.error })
      this.failTargets(this.error)
    }
    this.feed({ on: 'failed' })
  }

  private overdue(): string {
    return `did not finish within ${this.times.deadline} ms`
  }

  private failTargets(message: string): void {
    for (const { address } of this.latest?.targets ?? []) {
      this.targets.set(address, { address, phase: 'failed', reason: 'PluginFailed', message })
    }
  }

  private observed(observation: Observation): void {
    this.deps.host.report(observation)
    if (observation.kind === 'wake') this.feed({ on: 'wake' })
    if (observation.kind === 'peer') this.peers.set(observation.peer, observation)
    if (observation.kind === 'target') {
      const { kind: _, ...target } = observation
      this.targets.set(target.address, target)
    }
    if (observation.kind === 'peer' || observation.kind === 'target') this.publish()
  }

  private forgetPeers(desired: DesiredState): void {
    const known = new Set(
      Object.values(desired.resources).flatMap((list) => list.map((resource) => resource.name)),
    )
    for (const peer of this.peers.keys()) if (!known.has(peer)) this.peers.delete(peer)
  }

  private async dispose(): Promise<void> {
    const instance = this.instance
    this.instance = undefined
    try {
      await instance?.close()
    } catch (cause) {
      this.deps.host.log.error('plugin close failed', { plugin: this.deps.plugin.name, error: String(cause) })
    }
  }

  private publish(): void {
    const status = this.status()
    for (const listener of this.listeners) listener(status)
  }
}
