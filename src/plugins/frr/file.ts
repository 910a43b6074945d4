/* The whole configuration as a file, for people who manage FRR themselves. */
import type { DesiredState } from '#core/announcer.ts'
import { pathsOf } from '#core/bgp/paths.ts'
import { routesPerPeer, type PeerRoutes } from '#core/bgp/routes.ts'
import { beltFor, poolKind, type SafetyBelt } from '#core/bgp/safety-belt.ts'
import type { Address } from '#core/model/address.ts'

import { conflictsOf } from './conflicts.ts'
import type { Trouble } from './errors.ts'
import { renderConfiguration } from './model/line.ts'
import { profilesOf } from './model/profiles.ts'
import { frrConfiguration } from './model/render.ts'
import type { PeerBook } from './peer-book.ts'

export interface FrrFile {
  /** An frr.conf, passwords included. */
  readonly text: string
  /** By peer name: why it is not in the file. */
  readonly troubles: ReadonlyMap<string, Trouble>
  readonly routes: PeerRoutes
}

type Wish = Pick<DesiredState, 'targets' | 'resources'> & {
  /** Targets whose end is announced. */
  readonly draining?: ReadonlySet<Address>
}

/** What FRR would be told of this desired state. */
export async function frrFile(
  { targets, resources, draining }: Wish,
  configured: SafetyBelt,
  book: PeerBook,
  signal: AbortSignal,
): Promise<FrrFile> {
  const belt = beltFor(configured, resources[poolKind])
  const { BGPPeer = [], BFDProfile = [] } = resources
  const read = await book.read(BGPPeer, signal)
  const conflicts = conflictsOf(read.peers, [])
  const peers = read.peers.filter(({ name }) => !conflicts.has(name))
  const names = peers.map(({ name }) => name)
  const routes = routesPerPeer(pathsOf(targets), names, belt, draining)
  const { tables } = routes
  const { bgpd, bfdd } = frrConfiguration({ peers, profiles: profilesOf(BFDProfile), tables, belt })
  return {
    text: renderConfiguration([{ text: 'frr defaults traditional', body: [] }, ...bgpd, ...bfdd]),
    troubles: new Map([...read.troubles, ...conflicts]),
    routes,
  }
}
