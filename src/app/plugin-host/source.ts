/* Where a third-party plugin comes from, and what it may use up. */
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'

const mebibyte = 1024 * 1024

export interface Limits {
  /** Bytes: of a worker's heap, and what it holds outside of it; of a process's resident memory. */
  readonly memory: number
  /** From the start to the hello, and from a check of the configuration to its answer. */
  readonly start: Duration
  /** From a ping to its answer, while no call is in flight. */
  readonly ping: Duration
  /** From a fence message to its answer: whoever does not obey is ended. */
  readonly fence: Duration
  /** How long a call may go on after it was told to end. */
  readonly grace: Duration
  /** Within one second. */
  readonly messages: number
  /** Bytes of one line: 100,000 targets fit. */
  readonly line: number
  /** Lines of the plugin's log within one second; what is more is counted and left out. */
  readonly logLines: number
}

export const defaultLimits: Limits = {
  memory: 256 * mebibyte,
  start: seconds(10),
  ping: seconds(5),
  fence: milliseconds(500),
  grace: seconds(3),
  messages: 20_000,
  line: 64 * mebibyte,
  logLines: 100,
}

interface Common {
  /** The name the configuration gives it, which must be the one it gives itself. */
  readonly name: string
  readonly limits: Limits
}

export interface ModuleSource extends Common {
  readonly kind: 'module'
  /** As the user wrote it: a path or the name of a package. */
  readonly module: string
  /** Folder that a path, or a package's name, is resolved from. */
  readonly from: string
}

export interface ExecutableSource extends Common {
  readonly kind: 'executable'
  readonly executable: string
  readonly args: readonly string[]
  /** Added to PATH, HOME, LANG and TZ; nothing else of Herald's environment is passed on. */
  readonly env: Readonly<Record<string, string>>
  readonly from: string
}

export type PluginSource = ModuleSource | ExecutableSource

/** As messages name it. */
export function textOf(source: PluginSource): string {
  return source.kind === 'module' ? `module ${source.module}` : `executable ${source.executable}`
}
