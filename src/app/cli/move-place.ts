/* Where a command that moves addresses works: the folder that is named, or else the cluster of the kubeconfig. */
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'

import type { Command } from 'commander'

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
