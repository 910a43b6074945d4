/*
 * Routes that are to end are first told to be the last choice, for a while, so that traffic leaves before they go
 * (RFC 8326): the same for every BGP backend.
 */
import type { AnnouncerHost, Target } from '../announcer.ts'
import type { Address } from '../model/address.ts'
import { later, milliseconds, seconds, since, type Duration, type Instant } from '../model/duration.ts'
import { parseGoDuration } from '../model/go-duration.ts'

/** A host waits ten seconds for its targets to retire. */
const longest = seconds(9)
const usual = seconds(1)

/** The option `drainTime`; absent = the default. Throws what `fault` makes of the values that are allowed. */
export function readDrainTime(value: unknown, fault: (allowed: string) => Error): Duration {
  if (value === undefined || value === null) return usual
  const span = typeof value === 'string' ? parseGoDuration(value) : undefined
  if (span !== undefined && span >= 0 && span <= longest) return span
  throw fault('a duration from 0s to 9s')
}

export class Draining {
  readonly #host: Pick<AnnouncerHost, 'clock' | 'report'>
  readonly #time: Duration
  #until = new Map<Address, Instant>()
  #cancel: () => void = () => {}

  /** The host is woken whenever a drain has come to its end. */
  constructor(host: Pick<AnnouncerHost, 'clock' | 'report'>, time: Duration) {
    this.#host = host
    this.#time = time
  }

  /** Of the targets that are to retire: those whose routes are still announced. */
  of(targets: readonly Target[]): ReadonlySet<Address> {
    const now = this.#host.clock.now()
    const retiring = targets.filter(({ stage }) => stage === 'retire')
    this.#until = new Map(
      retiring.map(({ address }) => [address, this.#until.get(address) ?? later(now, this.#time)]),
    )
    const running = [...this.#until].filter(([, until]) => until > now)
    this.#wakeAt(running.map(([, until]) => until))
    return new Set(running.map(([address]) => address))
  }

  stop(): void {
    this.#cancel()
  }

  #wakeAt(ends: readonly Instant[]): void {
    this.#cancel()
    this.#cancel = () => {}
    if (ends.length === 0) return
    const { clock } = this.#host
    const first = ends.reduce((a, b) => (a < b ? a : b))
    const delay = milliseconds(Math.max(0, since(clock.now(), first)))
    this.#cancel = clock.after(delay, () =>
      this.#host.report({ kind: 'wake', reason: 'routes have been announced to end for long enough' }),
    )
  }
}
