/* The flags that change decisions: the same for every command that decides. */
import { InvalidArgumentError, Option, type Command } from 'commander'

import type { AnnouncerInfo, Settings } from '#core/model/facts.ts'
import { didYouMean, oneOf } from '#core/model/wording.ts'

export interface DecisionOptions {
  readonly namespace: string
  readonly lbClass?: string
  readonly bgpBackend: string
  readonly l2Candidates: Settings['l2Candidates']
  readonly election: Settings['election']
  readonly ignoreExcludeLb: boolean
}

export function addDecisionOptions(command: Command, announcers: readonly AnnouncerInfo[]): Command {
  return command
    .option('--namespace <name>', 'namespace in which our own kinds are honoured', 'metallb-system')
    .option(
      '--lb-class <class>',
      'serve Services of this loadBalancerClass only, instead of those without one',
    )
    .addOption(
      new Option('--bgp-backend <name>', 'announcer of BGPAdvertisements and BGPPeers that name none')
        .default('native-bgp')
        .argParser((name) => parseBackend(name, announcers)),
    )
    .addOption(
      new Option('--l2-candidates <order>', "order among candidates: the guide's, or exactly MetalLB's")
        .choices(['herald', 'metallb'])
        .default('herald'),
    )
    .addOption(
      new Option('--election <kind>', 'by hash alone, or stable: what is held stays')
        .choices(['hash', 'stable'])
        .default('hash'),
    )
    .option(
      '--ignore-exclude-lb',
      'announce also from nodes labelled node.kubernetes.io/exclude-from-external-load-balancers',
      false,
    )
}

export function settingsFrom(options: DecisionOptions, announcers: readonly AnnouncerInfo[]): Settings {
  const { namespace, lbClass, bgpBackend, l2Candidates, election, ignoreExcludeLb } = options
  return {
    namespace,
    ...(lbClass === undefined || lbClass === '' ? {} : { lbClass }),
    bgpBackend,
    l2Candidates,
    election,
    ignoreExcludeLb,
    announcers,
  }
}

function parseBackend(name: string, announcers: readonly AnnouncerInfo[]): string {
  const names = announcers.filter(({ resources }) => resources.includes('BGPPeer')).map((found) => found.name)
  if (names.includes(name)) return name
  throw new InvalidArgumentError(`Allowed: ${oneOf(names)}${didYouMean(name, names)}`)
}
