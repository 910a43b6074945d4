/* Where programs are: on the PATH, and in the places where Debian puts daemons that a plain user's PATH leaves out. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const DAEMON_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/lib/frr', '/usr/libexec/frr']

/** The environment that programs of a lab get: this process's, with every such place on the PATH. */
export function programEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: searchPath().join(delimiter), ...more }
}

/** Absolute path, or undefined when it is not installed. */
export function locateProgram(name: string): string | undefined {
  return searchPath()
    .map((directory) => join(directory, name))
    .find(isExecutable)
}

function searchPath(): string[] {
  const own = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  return [...own, ...DAEMON_DIRECTORIES]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
