/* A folder of manifests, and the state folder beside it: what the processes wrote is who serves what. */
import { stat } from 'node:fs/promises'

import type { Address } from '#core/model/address.ts'
import type { Facts, Holder, Settings } from '#core/model/facts.ts'
import { nameOf } from '#core/model/objects.ts'

import { factsOf } from '../manifests/facts.ts'
import { loadManifests } from '../manifests/load.ts'
import type { AnnouncementView, NodeView } from '../node/view/node-view.ts'
import { living, teller } from '../node/view/teller.ts'
import { readViews } from '../node/view/view-file.ts'
import { withHeld } from '../standalone/facts.ts'
import { noWishes, readWishes, wishDrain, wishMove, withWishes } from '../standalone/wishes.ts'
import type { MovePlace, Seen, Serving } from './place.ts'

export interface FolderPlaceOptions {
  readonly folder: string
  readonly stateFolder: string
  /** Given what the processes decide with, as far as they say. */
  readonly settings: (running: NodeView['settings']) => Settings
}

export class FolderPlace implements MovePlace {
  readonly lookEvery = 100
  private readonly options: FolderPlaceOptions

  constructor(options: FolderPlaceOptions) {
    this.options = options
  }

  async read(): Promise<Seen> {
    const { folder, stateFolder } = this.options
    const views = living(await readViews(stateFolder))
    const told = teller(views)
    if (told === undefined) throw new Error(`${stateFolder}: no process has written its view here`)
    const settings = this.options.settings(told.settings)
    const wishes = await readWishes(stateFolder).catch(() => noWishes)
    const set = withWishes(await loadManifests([folder], { namespace: settings.namespace }), wishes)
    const known = new Set(set.services.map(nameOf))
    return {
      facts: withViews(factsOf(set, settings), views, told),
      serving: servingIn(views),
      outlived: Object.keys(wishes.moves).filter((service) => !known.has(service)),
    }
  }

  async serving(): Promise<Serving> {
    return servingIn(living(await readViews(this.options.stateFolder)))
  }

  async routes(): Promise<Serving> {
    return routesIn(living(await readViews(this.options.stateFolder)))
  }

  async drain(node: string, why: string | undefined): Promise<void> {
    await stat(this.options.stateFolder)
    return wishDrain(this.options.stateFolder, node, why)
  }

  async move(wishes: ReadonlyMap<string, string | undefined>): Promise<void> {
    await stat(this.options.stateFolder)
    for (const [service, node] of wishes) await wishMove(this.options.stateFolder, service, node)
  }
}

/** Addresses as they are written down, the dead as the one that tells sees them, and who holds what. */
function withViews(facts: Facts, views: readonly NodeView[], told: NodeView): Facts {
  const holdings = new Map(told.services.map(({ service, addresses }) => [service, { addresses }]))
  const services = facts.services.map((service) =>
    (holdings.get(nameOf(service))?.addresses.length ?? 0) > 0 ? withHeld(service, holdings) : service,
  )
  const dead = new Set(told.members.filter(({ alive }) => !alive).map(({ node }) => node))
  const placed = new Set(told.owners.map(({ announcer }) => announcer))
  const holders = views.flatMap(({ node, announcements }) =>
    announcements.flatMap(({ announcer, address, phase }): Holder[] =>
      phase === 'serving' && placed.has(announcer) ? [{ announcer, address, node }] : [],
    ),
  )
  return { ...facts, services, dead, holders }
}

function servingIn(views: readonly NodeView[]): Serving {
  return nodesByAddress(views, ({ phase }, placed) => placed && phase === 'serving')
}

/** What is on its way out is `pending`, and says to whom the route still leads. */
function routesIn(views: readonly NodeView[]): Serving {
  const leads = ({ phase, via = [] }: AnnouncementView): boolean =>
    phase === 'serving' || (phase === 'pending' && via.length > 0)
  return nodesByAddress(views, (announcement, placed) => !placed && leads(announcement))
}

/** `placed`: whether the announcer has one-node placement. */
function nodesByAddress(
  views: readonly NodeView[],
  counts: (announcement: AnnouncementView, placed: boolean) => boolean,
): Serving {
  const found = new Map<Address, Set<string>>()
  for (const { node, announcements, owners } of views) {
    const placed = new Set(owners.map(({ announcer }) => announcer))
    for (const announcement of announcements) {
      if (!counts(announcement, placed.has(announcement.announcer))) continue
      const { address } = announcement
      found.set(address, (found.get(address) ?? new Set()).add(node))
    }
  }
  return found
}
