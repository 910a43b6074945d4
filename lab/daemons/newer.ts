/* Programs of a newer Debian release, which `npm run setup` unpacked: laid over /usr for one process alone. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type NewerProgram = 'frr-10' | 'gobgp-4'

const folder = fileURLToPath(new URL('../../node_modules/.newer-debian', import.meta.url))

/** Undefined when it is there; else what to do about it. */
export function newerProgramMissing(name: NewerProgram): string | undefined {
  if (existsSync(join(folder, name))) return undefined
  return `${name} is not unpacked: npm run setup, with a mirror of Debian in reach`
}

/** The mount that puts the program's files above the machine's own. */
export function overlay(name: NewerProgram | undefined): string[] {
  if (name === undefined) return []
  return [`mount -n -t overlay overlay -o ro,lowerdir='${join(folder, name, 'usr')}':/usr /usr`]
}

/** What runs `argv` behind mounts of its own: `ip netns exec` has made a mount namespace for it. */
export function mounted(mounts: readonly string[], argv: readonly string[]): string[] {
  return mounts.length === 0 ? [...argv] : ['sh', '-c', [...mounts, 'exec "$@"'].join(' && '), 'sh', ...argv]
}
