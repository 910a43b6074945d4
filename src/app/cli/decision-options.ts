/* The flags that change decisions: the same for every command that decides. */
import { Option, type Command } from 'commander'

import { messageOf } from '#core/errors.ts'
import type { AnnouncerInfo, Settings } from '#core/model/facts.ts'
import { didYouMean, oneOf } from '#core/model/wording.ts'

import { builtInAnnouncers, infoOf } from '../announcer-infos.ts'
import { loadPlugins, readPluginConfigs } from '../load-plugins.ts'

export interface DecisionOptions {
  readonly namespace: string
  readonly lbClass?: string
  readonly bgpBackend: string
  readonly l2Candidates: Settings['l2Candidates']
  readonly election: Settings['election']
  readonly ignoreExcludeLb: boolean
  readonly drainOnCordon?: boolean
  /** Set by `addPluginOptions`: what there is beside the built-in announcers. */
  readonly announcers?: readonly AnnouncerInfo[]
}

export function addDecisionOptions(command: Command): Command {
  return command
    .option('--namespace <name>', 'namespace in which our own kinds are honoured', 'metallb-system')
    .option(
      '--lb-class <class>',
      'serve Services of this loadBalancerClass only, instead of those without one',
    )
    .addOption(
      new Option(
        '--bgp-backend <name>',
        'announcer of BGPAdvertisements and BGPPeers that name none',
      ).default('native-bgp'),
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
    .option('--drain-on-cordon', 'treat a cordoned node as one that herald drain was called for')
}

/** For commands that only decide: `--config FILE`, whose plugins are loaded before the command runs. */
export function addPluginOptions(command: Command): Command {
  return command
    .option('--config <file>', 'YAML file that names plugins, as for herald standalone')
    .hook('preAction', async () => {
      const { config, bgpBackend } = command.opts<DecisionOptions & { readonly config?: string }>()
      const announcers = config === undefined ? builtInAnnouncers : await announcersOf(config, command)
      requireBackend(bgpBackend, announcers, command)
      command.setOptionValue('announcers', announcers)
    })
}

async function announcersOf(file: string, command: Command): Promise<readonly AnnouncerInfo[]> {
  try {
    const loaded = await loadPlugins(await readPluginConfigs(file), { strict: true })
    return loaded.map(({ plugin }) => infoOf(plugin))
  } catch (cause) {
    return command.error(`error: --config: ${messageOf(cause)}`)
  }
}

export function settingsFrom(options: DecisionOptions, announcers: readonly AnnouncerInfo[]): Settings {
  const { namespace, lbClass, bgpBackend, l2Candidates, election, ignoreExcludeLb, drainOnCordon } = options
  return {
    namespace,
    ...(lbClass === undefined || lbClass === '' ? {} : { lbClass }),
    bgpBackend,
    l2Candidates,
    election,
    ignoreExcludeLb,
    ...(drainOnCordon === true ? { drainOnCordon } : {}),
    announcers,
  }
}

/** Ends the command with what is allowed when no announcer of BGPPeers has this name. */
export function requireBackend(name: string, announcers: readonly AnnouncerInfo[], command: Command): void {
  const names = announcers.filter(({ resources }) => resources.includes('BGPPeer')).map((found) => found.name)
  if (names.includes(name)) return
  const allowed = `Allowed: ${oneOf(names)}${didYouMean(name, names)}`
  command.error(`error: option '--bgp-backend <name>' argument '${name}' is invalid. ${allowed}`)
}
