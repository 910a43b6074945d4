/* What comes between deciding on an address and handing it out: see probation.ts. */
import type { Clock, Logger, MetricScope } from '#core/ports.ts'

import type { ConfiguredPlugin } from '../load-plugins.ts'
import type { StandaloneOptions } from './options.ts'
import { Probation } from './probation.ts'
import { Quarantine } from './quarantine.ts'

export interface Asking {
  readonly probation: Probation
  readonly quarantine: Quarantine
}

interface Parts {
  readonly plugins: readonly ConfiguredPlugin[]
  readonly unique: string
  readonly clock: Clock
  readonly metrics: MetricScope
  readonly log: Logger
}

/** Undefined where the options do not ask for it. */
export function askingFor(
  { node, stateFolder, probing }: StandaloneOptions,
  { plugins, metrics, ...parts }: Parts,
): Asking | undefined {
  if (probing === undefined) return undefined
  const surveyors = plugins.filter(({ plugin }) => plugin.surveys).map(({ plugin }) => plugin.name)
  const date = (): Date => new Date()
  const quarantine = new Quarantine({ stateFolder, lasts: probing.quarantine, date, ...parts })
  const { clock, log } = parts
  return { quarantine, probation: new Probation({ node, surveyors, quarantine, clock, metrics, log }) }
}
