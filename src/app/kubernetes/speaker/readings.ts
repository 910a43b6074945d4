/* The kinds that a speaker reads: a watch each, and whether enough is known of all of them to decide. */
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Logger, Random } from '#core/ports.ts'

import type { ApiClient, RawObject, Selection } from '../api/client.ts'
import type { ObjectStore, Stored } from '../api/object-store.ts'
import { Reflector } from '../api/reflector.ts'
import { resources, type Resource } from '../api/resources.ts'

export interface ReadingsDeps {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Called when `problems`, `synced` or `lacking` may have changed. */
  readonly onProblem: () => void
}

/**
 * Without these a speaker announces less than it should, and nothing wrong: no BFD, no session that needs a password, no
 * advertisement that names a community, no session at all, no answers to ARP. The kinds of advertisements with BGP
 * attributes are not among them: they meet on one prefix, and a route without its communities may travel too far.
 */
const dispensable: readonly Resource[] = [
  resources.bfdProfiles,
  resources.bgpPeers,
  resources.communities,
  resources.l2Advertisements,
  resources.secrets,
]
/** An API server that has only just started refuses everything until it has read its roles. */
const refusalPatience: Duration = seconds(10)

interface Reading {
  readonly resource: Resource
  readonly store: { readonly synced: boolean }
  readonly reflector: Pick<Reflector<never>, 'start' | 'stop' | 'problem' | 'refusedFor'>
}

export class Readings {
  private readonly deps: ReadingsDeps
  private readonly all: Reading[] = []

  constructor(deps: ReadingsDeps) {
    this.deps = deps
  }

  add<Item extends Stored>(
    resource: Resource,
    project: (raw: RawObject) => Item,
    store: ObjectStore<Item>,
    selection: Selection = {},
  ): void {
    const onProblem = (): void => this.problemChanged()
    const reflector = new Reflector({ ...this.deps, resource, selection, project, store, onProblem })
    this.all.push({ resource, store, reflector })
  }

  start(): void {
    for (const { reflector } of this.all) reflector.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ reflector }) => reflector.stop()))
  }

  /** Every kind was read as a whole once, save those that may not be read and can be done without. */
  get synced(): boolean {
    return this.all.every((reading) => reading.store.synced || isGivenUp(reading))
  }

  /** Why what is known is not kept up to date. */
  problems(): readonly string[] {
    return [...new Set(this.all.flatMap(({ reflector }) => reflector.problem() ?? []))]
  }

  /** What is decided without, and why. */
  lacking(): readonly string[] {
    return this.all
      .filter((reading) => !reading.store.synced && isGivenUp(reading))
      .map(({ resource, reflector }) => `going on without ${resource.plural}: ${reflector.problem()}`)
  }

  /** What is refused for so long is gone on without. A timer may be early by a little. */
  private problemChanged(): void {
    const { onProblem, clock } = this.deps
    onProblem()
    clock.after(milliseconds(refusalPatience + 500), onProblem)
  }
}

function isGivenUp({ resource, reflector }: Reading): boolean {
  return dispensable.includes(resource) && reflector.refusedFor() >= refusalPatience
}
