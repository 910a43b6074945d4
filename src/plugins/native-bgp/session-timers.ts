/* The timers of one connection's session machine, on the host's clock. */
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Random } from '#core/ports.ts'

import type { EventName, Span, Timer } from './fsm/model.ts'

export interface TimerSettings {
  /** One attempt to connect may take this long. */
  readonly connectTimeout: Duration
  /** The longest wait between two attempts. */
  readonly retryCap: Duration
}

type Expiry = Extract<EventName, `${string}_Expires`>

const expiries: Readonly<Record<Timer, Expiry>> = {
  connectRetry: 'ConnectRetryTimer_Expires',
  hold: 'HoldTimer_Expires',
  keepalive: 'KeepaliveTimer_Expires',
  idleHold: 'IdleHoldTimer_Expires',
  sendHold: 'SendHoldTimer_Expires',
}

const firstRetry = seconds(1)
/** A timer this late means that the whole process stood still. */
const tolerance = milliseconds(100)
/** What arrived during a standstill is read within this time. */
const catchUp = milliseconds(50)

export class SessionTimers {
  readonly #clock: Clock
  readonly #random: Random
  readonly #settings: TimerSettings
  readonly #expired: (event: Expiry) => void
  readonly #cancel = new Map<Timer, () => void>()

  constructor(
    host: { readonly clock: Clock; readonly random: Random },
    settings: TimerSettings,
    expired: (event: Expiry) => void,
  ) {
    this.#clock = host.clock
    this.#random = host.random
    this.#settings = settings
    this.#expired = expired
  }

  start(timer: Timer, after: Span): void {
    const delay = this.#delay(timer, after)
    const due = this.#clock.now() + delay
    this.#arm(timer, delay, () => {
      // After a standstill the peer's messages wait unread: it is not silent, we were deaf.
      const late = timer === 'hold' && this.#clock.now() - due > tolerance
      if (late) this.#arm(timer, catchUp, () => this.#expired(expiries[timer]))
      else this.#expired(expiries[timer])
    })
  }

  stop(timer: Timer): void {
    this.#cancel.get(timer)?.()
    this.#cancel.delete(timer)
  }

  #arm(timer: Timer, delay: Duration, task: () => void): void {
    this.stop(timer)
    this.#cancel.set(
      timer,
      this.#clock.after(delay, () => {
        this.#cancel.delete(timer)
        task()
      }),
    )
  }

  #delay(timer: Timer, after: Span): Duration {
    if (after === 'connectTimeout') return this.#settings.connectTimeout
    if (typeof after === 'number')
      return timer === 'hold' || timer === 'sendHold' ? seconds(after) : this.#jittered(seconds(after))
    const full = firstRetry * 2 ** Math.min(after.backoff - 1, 16)
    return this.#jittered(milliseconds(Math.min(full, this.#settings.retryCap)))
  }

  /** RFC 4271 §10: a factor between 0.75 and 1, so that many speakers do not act in step. */
  #jittered(delay: Duration): Duration {
    return milliseconds(delay * (0.75 + 0.25 * this.#random.next()))
  }
}
