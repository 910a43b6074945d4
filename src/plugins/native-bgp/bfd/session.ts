/* One session: runs its state machine against a clock and does what it says. */
import { later, milliseconds, type Instant } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'

import type { Effect, Parameters, SessionEvent, SessionState, StateChange } from './fsm/model.ts'
import { begin, transition } from './fsm/session.ts'
import { echoInterval, jittered, packetOf } from './fsm/timing.ts'
import type { ControlPacket, Micros } from './wire/control-packet.ts'
import type { StateName } from './wire/iana.ts'

export interface SessionPort {
  readonly clock: Clock
  readonly random: Random
  send(packet: ControlPacket): void
  /** False: not possible yet. */
  sendEcho(): boolean
  /** Takes what has arrived and not been read, so that silence is not deafness. */
  drain(): void
  changed(change: StateChange): void
}

/** A repeated deadline; `due` is where the newest facts put it, so that each packet need not move a timer. */
interface Watch {
  span: Micros
  since: Instant
  cancel: () => void
}

export class BfdSession {
  readonly #port: SessionPort
  #state: SessionState
  readonly #transmission: Watch
  readonly #detection: Watch
  readonly #echo: Watch
  #echoReturned: Instant

  constructor(discriminator: number, parameters: Parameters, port: SessionPort) {
    this.#port = port
    const now = port.clock.now()
    const watch = (): Watch => ({ span: 0, since: now, cancel: () => {} })
    this.#transmission = watch()
    this.#detection = watch()
    this.#echo = watch()
    this.#echoReturned = now
    const { state, effects } = begin(discriminator, parameters)
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  get name(): StateName {
    return this.#state.name
  }

  get discriminator(): number {
    return this.#state.discriminator
  }

  receive(packet: ControlPacket): void {
    this.#detection.since = this.#port.clock.now()
    this.#feed({ name: 'PacketReceived', packet })
  }

  echoReturned(): void {
    this.#echoReturned = this.#port.clock.now()
  }

  configure(parameters: Parameters): void {
    this.#feed({ name: 'Configured', parameters })
  }

  /** Says good-bye and falls silent. */
  close(): void {
    this.#feed({ name: 'Disabled' })
    for (const watch of [this.#transmission, this.#detection, this.#echo]) watch.cancel()
  }

  #feed(event: SessionEvent): void {
    const { state, effects } = transition(this.#state, event)
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'send':
        return this.#send(effect.packet)
      case 'transmitEvery':
        this.#transmission.span = effect.interval
        // A pending packet moves too: the other side counts by the new interval from now on.
        return this.#scheduleTransmission()
      case 'expectWithin':
        this.#detection.span = effect.span
        return this.#watchForSilence()
      case 'echoEvery':
        this.#echoReturned = this.#port.clock.now()
        return this.#sendEchoes(effect.interval)
      case 'changed':
        return this.#port.changed(effect.change)
    }
  }

  #send(packet: ControlPacket): void {
    this.#transmission.since = this.#port.clock.now()
    this.#port.send(packet)
  }

  #scheduleTransmission(): void {
    const { span } = this.#transmission
    if (span === 0) return this.#transmission.cancel()
    const multiplier = this.#state.parameters.detectMultiplier
    this.#arm(this.#transmission, jittered(span, multiplier, this.#port.random.next()), () => {
      this.#send(packetOf(this.#state))
      this.#scheduleTransmission()
    })
  }

  #watchForSilence(): void {
    const watch = this.#detection
    if (watch.span === 0) return watch.cancel()
    this.#arm(watch, watch.span, () => {
      if (!this.#isDue(watch)) return this.#watchForSilence()
      this.#port.drain()
      if (watch.span === 0) return
      if (this.#isDue(watch)) this.#feed({ name: 'DetectionTimeExpired' })
      else this.#watchForSilence()
    })
  }

  #sendEchoes(interval: Micros): void {
    this.#echo.span = interval
    if (interval === 0) return this.#echo.cancel()
    if (this.#isEchoLost()) this.#port.drain()
    if (this.#isEchoLost()) return this.#feed({ name: 'EchoLost' })
    this.#echo.since = this.#port.clock.now()
    // What was not sent need not come back.
    if (!this.#port.sendEcho()) this.echoReturned()
    const pause = jittered(interval, this.#state.parameters.detectMultiplier, this.#port.random.next())
    this.#arm(this.#echo, pause, () => this.#sendEchoes(echoInterval(this.#state)))
  }

  #isEchoLost(): boolean {
    const span = this.#echo.span * this.#state.parameters.detectMultiplier
    return this.#port.clock.now() >= after(this.#echoReturned, span)
  }

  #isDue({ since, span }: Watch): boolean {
    return this.#port.clock.now() >= after(since, span)
  }

  /** Runs `task` once `span` after the watch's last event. */
  #arm(watch: Watch, span: Micros, task: () => void): void {
    watch.cancel()
    const { clock } = this.#port
    const delay = Math.max(0, after(watch.since, span) - clock.now())
    watch.cancel = clock.after(milliseconds(delay), task)
  }
}

function after(since: Instant, span: Micros): Instant {
  return later(since, milliseconds(span / 1000))
}
