/* The flags of whoever hands out addresses: whether it asks who answers for one before. */
import { Option, type Command } from 'commander'

import type { Duration } from '#core/model/duration.ts'

import { parseDuration } from './process-options.ts'

export interface ProbingFlags {
  readonly probeBeforeAssign: boolean
  readonly quarantine: Duration
}

/** Who answers is asked before an address is handed out; one that is taken is in quarantine for so long. */
export interface Probing {
  readonly quarantine: Duration
}

export function addProbingOptions(command: Command): Command {
  return command
    .option(
      '--probe-before-assign',
      'ask the segment whether somebody answers for an address before a Service is given it',
      false,
    )
    .addOption(
      new Option(
        '--quarantine <duration>',
        'how long an address is given to nobody when somebody answers for it',
      )
        .argParser(parseDuration)
        .default(600_000, '10m'),
    )
}

/** Ends the command when one flag has no effect without the other. */
export function probingFrom(
  { probeBeforeAssign, quarantine }: ProbingFlags,
  command: Command,
): { readonly probing?: Probing } {
  if (probeBeforeAssign) return { probing: { quarantine } }
  if (command.getOptionValueSource('quarantine') === 'default') return {}
  return command.error('error: --quarantine: of no effect without --probe-before-assign')
}
