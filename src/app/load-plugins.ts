/* Plugins by name, each with its configuration: the built-in ones, and those that the configuration names. */
import { brand, definePlugin, type LoadedPlugin } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'

import type { AnnouncerInfo } from '#core/model/facts.ts'

import { builtInAnnouncers, infoOf } from './announcer-infos.ts'
import { PluginLoadError } from './plugin-host/load-error.ts'
import { loadPlugin, type HostDeps } from './plugin-host/load.ts'
import { readPluginEntries, ThirdPartyEntry, type PluginEntries } from './plugin-entries.ts'
import { systemClock } from './system.ts'

const builtIn: Readonly<Record<string, () => Promise<{ readonly default: LoadedPlugin }>>> = {
  l2: () => import('#plugins/l2/plugin.ts'),
  'native-bgp': () => import('#plugins/native-bgp/plugin.ts'),
  frr: () => import('#plugins/frr/plugin.ts'),
  gobgp: () => import('#plugins/gobgp/plugin.ts'),
}

export interface ConfiguredPlugin {
  readonly plugin: LoadedPlugin
  /** What its `parseConfig` returned. */
  readonly config: unknown
}

export interface LoadOptions {
  /** Whether a plugin that cannot be started stops everything; else the others go on, and it says why at each try. */
  readonly strict?: boolean
  readonly host?: HostDeps
}

/** All built-in plugins, configured by their `entries`, and those of third parties that `entries` name. */
export async function loadPlugins(
  entries: PluginEntries,
  { strict = false, host = { clock: systemClock } }: LoadOptions = {},
): Promise<readonly ConfiguredPlugin[]> {
  const own = Object.entries(builtIn).map(([name, open]) => loadOne(name, open, entries[name] ?? {}))
  const others = Object.values(entries).filter((entry) => entry instanceof ThirdPartyEntry)
  return Promise.all([...own, ...others.map((entry) => loadThirdParty(entry, { strict, host }))])
}

/** What there is to announce with, for a process that announces nothing: no built-in plugin is loaded for it. */
export async function announcersOf(
  entries: PluginEntries,
  { strict = false, host = { clock: systemClock } }: LoadOptions = {},
): Promise<readonly AnnouncerInfo[]> {
  const others = Object.values(entries).filter((entry) => entry instanceof ThirdPartyEntry)
  const loaded = await Promise.all(others.map((entry) => loadThirdParty(entry, { strict, host })))
  return [...builtInAnnouncers, ...loaded.map(({ plugin }) => infoOf(plugin))]
}

async function loadThirdParty(
  { source, config }: ThirdPartyEntry,
  { strict, host }: Required<LoadOptions>,
): Promise<ConfiguredPlugin> {
  try {
    const plugin = await loadPlugin(source, host)
    return { plugin, config: await configured(plugin, config, source) }
  } catch (cause) {
    const misconfigured =
      !(cause instanceof PluginLoadError) || cause.stage === 'find' || cause.stage === 'config'
    if (strict || misconfigured) throw cause
    return { plugin: absentPlugin(cause), config: {} }
  }
}

async function configured(
  plugin: LoadedPlugin,
  config: unknown,
  source: ThirdPartyEntry['source'],
): Promise<unknown> {
  try {
    return await plugin.parseConfig(config)
  } catch (cause) {
    throw new PluginLoadError(source, 'config', cause)
  }
}

/** Stands for a plugin that could not be started: whatever it is asked to announce fails, with the reason. */
function absentPlugin(why: PluginLoadError): LoadedPlugin {
  const fail = (): Promise<never> => Promise.reject(new Error(`${why.message}, and start Herald again`))
  return definePlugin<unknown>({
    api: 1,
    name: why.plugin,
    placement: 'every-node',
    fencing: 'none',
    resources: [],
    optionsSchema: { type: 'object', additionalProperties: true },
    unsupported: [],
    parseConfig: (input) => input,
    create: () => ({ open: fail, reconcile: fail, close: async () => {} }),
  })
}

async function loadOne(
  name: string,
  open: () => Promise<{ readonly default: unknown }>,
  config: unknown,
): Promise<ConfiguredPlugin> {
  const { default: plugin } = await open()
  if (!isPlugin(plugin, name)) throw new TypeError(`plugin ${name}: found no plugin of API 1 of this name`)
  try {
    return { plugin, config: await plugin.parseConfig(config) }
  } catch (cause) {
    const why = messageOf(cause)
    throw new Error(`plugin ${name}: config: ${why}`, { cause })
  }
}

/** The same check for everybody, so that the built-in plugins walk the path of the others every day. */
function isPlugin(value: unknown, name: string): value is LoadedPlugin {
  if (typeof value !== 'object' || value === null) return false
  const plugin: Partial<LoadedPlugin> = value
  return plugin[brand] === true && plugin.api === 1 && plugin.name === name
}

/** The `plugins` of a configuration file; rejects with the file and the path of what is wrong. */
export function readPluginConfigs(file: string): Promise<PluginEntries> {
  return readPluginEntries(file, Object.keys(builtIn))
}
