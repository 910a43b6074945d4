/* What a controller that begins to lead asks before it hands out addresses: nothing, or what its decisions want to know. */
import type { Config } from '#core/model/config.ts'
import type { Duration } from '#core/model/duration.ts'
import type { Settings } from '#core/model/facts.ts'

import type { Allotment } from './allotment.ts'
import type { ClusterView } from './cluster-view.ts'
import { forgetProbes } from './probe-objects.ts'
import { Probing, type ProbingDeps } from './probing.ts'

export interface BeginProbingDeps extends Omit<
  ProbingDeps,
  'store' | 'lasts' | 'surveyors' | 'decided' | 'date'
> {
  readonly view: ClusterView
  readonly settings: Settings
  readonly probing?: { readonly quarantine: Duration } | undefined
  readonly config: () => Pick<Config, 'advertisements'>
}

/** The quarantine comes before the pools, out of which it takes addresses. */
export function beginProbing(deps: BeginProbingDeps, allotment: Allotment): Probing | undefined {
  const { client, view, settings, probing, config } = deps
  if (probing === undefined) {
    void forgetProbes(client)
    return undefined
  }
  const begun = new Probing({
    ...deps,
    store: view.probes,
    lasts: probing.quarantine,
    surveyors: settings.announcers.flatMap(({ name, surveys }) => (surveys === true ? name : [])),
    decided: {
      service: (name) => view.services.get(name),
      of: (name) => allotment.of(name),
      holdersOf: (address) => allotment.holdersOf(address),
      isClaimed: (address) => view.claims.of(address) !== undefined,
      config,
    },
    date: () => new Date(),
  })
  allotment.setQuarantine(begun.quarantine())
  return begun
}
