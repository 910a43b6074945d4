/*
 * Who owns a lab. The owner's mark is a symbolic link `/run/ID.owner` whose target names the owning process: made in
 * one step before anything else and removed last, so whatever happens to the owner, its lab can be found and removed.
 */
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { isLabId } from './names.ts'
import { entriesOf, labDirectory, linkTarget, removeTraces, RUN } from './removal.ts'

const MARK = '.owner'

const owned = new Set<string>()
let watching = false

/** Marks the lab as this process's and makes its directory. From here on its removal is certain. */
export function claimLab(labId: string): void {
  watchForExit()
  symlinkSync(ownerMark(process.pid), markOf(labId))
  owned.add(labId)
  mkdirSync(labDirectory(labId), { mode: 0o755 })
}

/** Kills every process in the lab's namespaces and removes namespaces, directory and mark. Safe to repeat. */
export function removeLab(labId: string): void {
  removeTraces(labId)
  rmSync(markOf(labId), { force: true })
  owned.delete(labId)
}

/** Removes the labs whose owner is dead (killed with -9, say). Returns their ids. */
export function sweepStaleLabs(): string[] {
  const stale = listLabs()
    .filter(({ owner }) => !owner.alive)
    .map(({ id }) => id)
  for (const id of stale) removeLab(id)
  return stale
}

export interface LabRecord {
  readonly id: string
  readonly owner: { readonly pid: number; readonly alive: boolean }
}

/** Every lab on this machine, whoever runs it. */
export function listLabs(): LabRecord[] {
  return entriesOf(RUN)
    .filter((entry) => entry.endsWith(MARK) && isLabId(entry.slice(0, -MARK.length)))
    .flatMap((entry) => {
      const target = linkTarget(join(RUN, entry))
      if (target === undefined) return []
      const pid = Number(target.split('@')[0])
      return [{ id: entry.slice(0, -MARK.length), owner: { pid, alive: ownerMark(pid) === target } }]
    })
}

function markOf(labId: string): string {
  return join(RUN, `${labId}${MARK}`)
}

/** `PID@START`: the kernel's start time tells a process from a later one with the same number. */
function ownerMark(pid: number): string {
  return `${pid}@${startTime(pid) ?? 'gone'}`
}

/** Clock ticks since boot, field 22 of /proc/PID/stat, counted behind the name, which may hold anything. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/**
 * Removes what is still there when this process ends in any way it can notice: its natural end, process.exit, an
 * uncaught error, and SIGINT, SIGTERM or SIGHUP unless the program handles that signal itself.
 */
function watchForExit(): void {
  if (watching) return
  watching = true
  process.on('exit', removeOwned)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  removeOwned()
  // With the listener gone the signal does what it does by default: this process ends by it, and its parent sees that.
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

function removeOwned(): void {
  for (const id of owned) {
    try {
      removeLab(id)
    } catch (error) {
      console.error(error)
    }
  }
}
