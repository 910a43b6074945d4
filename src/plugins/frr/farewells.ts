/*
 * Peers that are no longer wanted stay a moment without routes: with graceful restart a router keeps the routes of a
 * neighbor that just goes away, so they are withdrawn first.
 */
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'

import type { PeerWithPassword } from './peer.ts'
import type { Glance } from './peer-watch.ts'

/** FRR withdraws within a tenth of a second; a peer that does not read must not stay for ever. */
const longest = seconds(3)

interface Leaving {
  readonly peer: PeerWithPassword
  /** Instant at which it goes, withdrawn or not. */
  readonly until: number
}

export class Farewells {
  readonly #clock: Clock
  #leaving: readonly Leaving[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Those that FRR should still have, apart from the wanted. `before`: what FRR was last told to have. */
  staying(before: readonly PeerWithPassword[], wanted: readonly PeerWithPassword[]): PeerWithPassword[] {
    const now = this.#clock.now()
    const until = now + longest
    const known = new Set(this.#leaving.map(({ peer }) => peer.name))
    const fresh = before.filter(({ name }) => !known.has(name)).map((peer) => ({ peer, until }))
    this.#leaving = [...this.#leaving, ...fresh].filter(
      (one) => one.until > now && !wanted.some((peer) => excludes(peer, one.peer)),
    )
    return this.#leaving.map(({ peer }) => peer)
  }

  /** True when a farewell is over, so that its peer can go. */
  see(glances: ReadonlyMap<string, Glance>): boolean {
    const now = this.#clock.now()
    const over = ({ peer, until }: Leaving): boolean => until <= now || !hasRoutes(glances.get(peer.name))
    const ended = this.#leaving.some(over)
    this.#leaving = this.#leaving.map((one) => (over(one) ? { ...one, until: now } : one))
    return ended
  }

  get underWay(): boolean {
    return this.#leaving.length > 0
  }
}

/** The same peer, the same neighbor, or a router that cannot be both. */
function excludes(a: PeerWithPassword, b: PeerWithPassword): boolean {
  return a.name === b.name || (a.vrf === b.vrf && (a.id === b.id || a.routerAs !== b.routerAs))
}

function hasRoutes(glance: Glance | undefined): boolean {
  const { report } = glance ?? {}
  if (report?.state !== 'Established') return false
  return (report.sent.IPv4 ?? 0) + (report.sent.IPv6 ?? 0) > 0
}
