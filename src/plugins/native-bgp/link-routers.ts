/* Who was found at the other ends of the links that BGPPeers name. */
import type { AnnouncerHost } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'

import type { RouterDiscovery } from './discovery.ts'

/** The router, or why there is none yet. */
export type Found = { readonly router: Address } | { readonly problem: string }

const unheard: Found = { problem: 'no router has advertised itself there yet (RFC 4861)' }

interface Watched {
  found: Found
  readonly stop: () => void
}

export class LinkRouters {
  readonly #host: Pick<AnnouncerHost, 'report'>
  readonly #discovery: RouterDiscovery
  readonly #watched = new Map<string, Watched>()

  constructor(host: Pick<AnnouncerHost, 'report'>, discovery: RouterDiscovery) {
    this.#host = host
    this.#discovery = discovery
  }

  /** Watches these links and no others. */
  keep(links: ReadonlySet<string>): void {
    for (const [link, { stop }] of this.#watched) {
      if (links.has(link)) continue
      stop()
      this.#watched.delete(link)
    }
    for (const link of links) if (!this.#watched.has(link)) this.#watch(link)
  }

  on(link: string): Found {
    return this.#watched.get(link)?.found ?? unheard
  }

  #watch(link: string): void {
    const changed = (found: Found): void => {
      watched.found = found
      this.#host.report({ kind: 'wake', reason: `there is news of the router on ${link}` })
    }
    const watched: Watched = {
      found: unheard,
      stop: this.#discovery.watch(link, {
        found: (router) => changed({ router }),
        // A router once found stays the peer: its session says whether it is still there.
        unavailable: (problem) => {
          if (!('router' in watched.found)) changed({ problem })
        },
      }),
    }
    this.#watched.set(link, watched)
  }
}
