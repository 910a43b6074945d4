/* Where programs are: on the PATH, and in the places where Debian puts daemons that a plain user's PATH leaves out. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const DAEMON_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/lib/frr', '/usr/libexec/frr']

/** Absolute path, or undefined when it is not installed. */
export function locateProgram(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...DAEMON_DIRECTORIES]
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

/** As `locateProgram`, for a program that has to be there. */
export function findProgram(name: string): string {
  const path = locateProgram(name)
  if (path === undefined)
    throw new Error(`${name} is not installed: not on PATH nor in ${DAEMON_DIRECTORIES.join(', ')}`)
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
