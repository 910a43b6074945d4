/* From the place where a plugin is to the plugin, with an error for each way in which that can fail. */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { LoadedPlugin } from '#core/announcer.ts'
import type { Clock } from '#core/ports.ts'

import { version } from '../version.ts'
import { openChild } from './child-transport.ts'
import { PluginLoadError } from './load-error.ts'
import { describePlugin, remotePlugin, type PluginParts } from './remote-plugin.ts'
import type { ExecutableSource, ModuleSource, PluginSource } from './source.ts'
import { openWorker } from './worker-transport.ts'

export interface HostDeps {
  readonly clock: Clock
  /** worker/main.ts as the build makes it; beside the program by default. */
  readonly workerScript?: URL
}

/** Nothing of it runs afterwards. Rejects with a PluginLoadError. */
export async function loadPlugin(source: PluginSource, deps: HostDeps): Promise<LoadedPlugin> {
  const parts = partsOf(source, deps)
  const description = await describePlugin(parts).catch((cause: unknown) => {
    throw new PluginLoadError(source, 'start', cause)
  })
  if (description.name !== source.name) {
    const fault = `calls itself ${description.name}; the configuration has to use that name`
    throw new PluginLoadError(source, 'describe', fault)
  }
  return remotePlugin(description, parts)
}

/** How to start it. Throws a PluginLoadError when it is not there. */
export function partsOf(source: PluginSource, { clock, workerScript }: HostDeps): PluginParts {
  const rest = { limits: source.limits, clock, herald: version }
  if (source.kind === 'executable') {
    requireExecutable(source)
    return { ...rest, start: (_fence, events) => openChild(source, events) }
  }
  const url = urlOf(source)
  const script = workerScript ?? new URL('plugin-worker.js', import.meta.url)
  return { ...rest, start: (fence, events) => openWorker({ source, url }, { script, fence }, events) }
}

/** A path, or the name of a package that is installed beside the configuration file or above it. */
function urlOf(source: ModuleSource): string {
  const { module, from } = source
  const isPath = /^(\.{0,2}\/|\.{1,2}$)/.test(module)
  try {
    const require = createRequire(join(from, 'package.json'))
    return pathToFileURL(require.resolve(isPath ? resolve(from, module) : module)).href
  } catch (cause) {
    throw new PluginLoadError(source, 'find', notFound(source, isPath), { cause })
  }
}

function notFound({ module, from }: ModuleSource, isPath: boolean): string {
  if (isPath) return `${resolve(from, module)} is no module, and no folder with a package.json that names one`
  return `no package of this name is installed in ${join(from, 'node_modules')} or above`
}

function requireExecutable(source: ExecutableSource): void {
  const { executable, from } = source
  const places = executable.includes('/')
    ? [resolve(from, executable)]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, executable))
  const files = places.flatMap((place) => statSync(place, { throwIfNoEntry: false }) ?? [])
  const place = places.length === 1 ? (places[0] ?? '') : `${executable} in PATH`
  if (files.length === 0) throw new PluginLoadError(source, 'find', `there is no ${place}`)
  if (files.some((file) => file.isFile() && (file.mode & 0o111) !== 0)) return
  const remedy = files.some((file) => file.isFile())
    ? `make it executable: chmod +x ${place}`
    : 'it is no file'
  throw new PluginLoadError(source, 'find', `${place} cannot be run; ${remedy}`)
}
