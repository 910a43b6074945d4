/* Where a command that moves addresses works: the folder that is named, or else the cluster of the kubeconfig. */
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { InvalidArgumentError, Option, type Command } from 'commander'

import type { Facts } from '#core/model/facts.ts'
import { parseGoDuration } from '#core/model/go-duration.ts'
import { didYouMean, few } from '#core/model/wording.ts'

import { builtInAnnouncers } from '../announcer-infos.ts'
import { ClusterPlace } from '../moves/cluster-place.ts'
import { FolderPlace } from '../moves/folder-place.ts'
import type { MovePlace } from '../moves/place.ts'
import type { NodeView } from '../node/view/node-view.ts'
import { addDecisionOptions, addPluginOptions, settingsFrom } from './decision-options.ts'
import { addClusterOptions, readClusterAsRunning, withApi, type SourceOptions } from './source.ts'

export interface PlaceOptions extends SourceOptions {
  readonly state?: string
}

export function addPlaceOptions(command: Command): Command {
  command.option('--state <dir>', 'state folder, as given to herald standalone (default: DIR/.herald)')
  return addPluginOptions(addDecisionOptions(addClusterOptions(command)))
}

export function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'how long to wait for the moves')
    .argParser((text) => {
      const duration = parseGoDuration(text)
      if (duration === undefined) throw new InvalidArgumentError('Allowed: a duration such as 90s or 10m.')
      return duration
    })
    .default(300_000, '5m')
}

/** Throws, with a sentence for the person, when there is no such Node. */
export function checkNode({ nodes = [] }: Pick<Facts, 'nodes'>, node: string): void {
  const names = nodes.map(({ metadata }) => metadata.name)
  if (names.includes(node)) return
  throw new Error(`found no Node ${node}, allowed: ${few(names, 12) || 'none'}${didYouMean(node, names)}`)
}

/** Rejects, with a sentence for the person, when it cannot be read. */
export async function withPlace<Result>(
  folder: string | undefined,
  options: PlaceOptions,
  command: Command,
  use: (place: MovePlace) => Promise<Result>,
): Promise<Result> {
  if (folder === undefined)
    return withApi(options, ({ client }) => {
      const read = async () => (await readClusterAsRunning(client, options, command)).facts
      return use(new ClusterPlace(client, options.namespace, read))
    })
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new Error(`${folder}: found no folder of this name`)
  const stateFolder = options.state === undefined ? join(folder, '.herald') : resolve(options.state)
  return use(
    new FolderPlace({
      folder,
      stateFolder,
      settings: (as) => settingsAs(as, options, command),
    }),
  )
}

/** As the processes decide, where the command line says nothing. */
function settingsAs(running: NodeView['settings'], options: PlaceOptions, command: Command) {
  const given = settingsFrom(options, options.announcers ?? builtInAnnouncers)
  const said = Object.entries(given).filter(([name]) => command.getOptionValueSource(name) === 'cli')
  return { ...given, ...running, ...Object.fromEntries(said) }
}
