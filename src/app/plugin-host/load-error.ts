/* Why a plugin could not be loaded: which one, from where, at which stage, and what to do about it. */
import { messageOf } from '#core/errors.ts'
import { textOf, type PluginSource } from './source.ts'

/** `find`: it is not there. `start`: it said no hello. `describe`: what it is does not fit. `config`: refused by it. */
export type LoadStage = 'find' | 'start' | 'describe' | 'config'

const remedies: Readonly<Record<LoadStage, string>> = {
  find: 'paths are relative to the configuration file, packages have to be installed beside it',
  start: 'run "herald plugins test" on it to see where it stands',
  describe: 'correct the name in the configuration, or in the plugin',
  config: 'correct the plugin\'s "config" in the configuration',
}

export class PluginLoadError extends Error {
  override readonly name = 'PluginLoadError'
  readonly plugin: string
  readonly stage: LoadStage

  constructor(source: PluginSource, stage: LoadStage, cause: unknown, options: ErrorOptions = { cause }) {
    const why = messageOf(cause)
    super(`plugin ${source.name} (${textOf(source)}): ${stage}: ${why}. Remedy: ${remedies[stage]}`, options)
    this.plugin = source.name
    this.stage = stage
  }
}
