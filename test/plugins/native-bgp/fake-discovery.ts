/* Router discovery in memory: a test says who is there. */
import type { DiscoveryEvents, RouterDiscovery } from '#plugins/native-bgp/discovery.ts'

import { ip } from './fake-network.ts'

export class FakeDiscovery implements RouterDiscovery {
  readonly watched = new Map<string, DiscoveryEvents>()

  watch(link: string, events: DiscoveryEvents): () => void {
    this.watched.set(link, events)
    return () => void this.watched.delete(link)
  }

  find(link: string, router: string): void {
    this.watched.get(link)?.found(ip(router))
  }
}
