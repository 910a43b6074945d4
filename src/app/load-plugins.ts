/* Plugins by name: the built-in ones, loaded only when a process runs announcers, each with its configuration. */
import { readFile } from 'node:fs/promises'

import { load } from 'js-yaml'

import { brand, type LoadedPlugin } from '#core/announcer.ts'
import { ConfigError } from '#core/errors.ts'
import { oneOf } from '#core/model/wording.ts'

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

/** `import`: the module failed. `plugin`: it holds no plugin of this API under this name. `config`: its configuration. */
export class PluginLoadError extends Error {
  override readonly name = 'PluginLoadError'

  constructor(plugin: string, stage: 'import' | 'plugin' | 'config', cause: unknown) {
    super(`plugin ${plugin}: ${stage}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** All built-in plugins; `configs` by plugin name, `{}` where absent. */
export function loadPlugins(
  configs: Readonly<Record<string, unknown>>,
): Promise<readonly ConfiguredPlugin[]> {
  const unknown = Object.keys(configs).find((name) => builtIn[name] === undefined)
  if (unknown !== undefined) {
    const found = {
      path: `plugins.${unknown}`,
      found: 'no plugin of this name',
      allowed: oneOf(Object.keys(builtIn)),
    }
    return Promise.reject(new ConfigError(found))
  }
  return Promise.all(Object.entries(builtIn).map(([name, open]) => loadOne(name, open, configs[name] ?? {})))
}

async function loadOne(
  name: string,
  open: () => Promise<{ readonly default: unknown }>,
  config: unknown,
): Promise<ConfiguredPlugin> {
  const { default: plugin } = await open().catch((cause: unknown) => {
    throw new PluginLoadError(name, 'import', cause)
  })
  if (!isPlugin(plugin, name))
    throw new PluginLoadError(name, 'plugin', `found no plugin of API 1 named ${name}`)
  try {
    return { plugin, config: plugin.parseConfig(config) }
  } catch (cause) {
    throw new PluginLoadError(name, 'config', cause)
  }
}

/** The same check for everybody, so that the built-in plugins walk the path of the others every day. */
function isPlugin(value: unknown, name: string): value is LoadedPlugin {
  if (typeof value !== 'object' || value === null) return false
  const plugin: Partial<LoadedPlugin> = value
  return plugin[brand] === true && plugin.api === 1 && plugin.name === name
}

/** The `plugins` of a configuration file; rejects with the file and the path of what is wrong. */
export async function readPluginConfigs(file: string): Promise<Readonly<Record<string, unknown>>> {
  const value: unknown = load(await readFile(file, 'utf8'), { filename: file })
  const top = record(value ?? {}, file)
  const stranger = Object.keys(top).find((key) => key !== 'plugins')
  if (stranger !== undefined)
    throw new ConfigError({ path: `${file}: ${stranger}`, found: 'an unknown key', allowed: 'plugins' })
  return record(top['plugins'] ?? {}, `${file}: plugins`)
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new ConfigError({ path, found: JSON.stringify(value), allowed: 'an object' })
}
