/*
 * Who owns what a lab made, and its removal. A lab leaves three kinds of trace, all named after its id: namespaces
 * (`/run/netns/ID-…`), a directory (`/run/ID`), and an owner mark (`/run/ID.owner`, a symbolic link whose target names
 * the owning process). The mark is made first and removed last, so whatever happens to the owner, it can be found.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'

import { isLabId, labIdOfNetns } from './names.ts'
import { programEnvironment } from './programs.ts'

const RUN = '/run'
const NETNS = '/run/netns'
const MARK = '.owner'

/** Milliseconds that killed processes get to vanish before their namespaces are removed regardless. */
const GRACE = 2000

const owned = new Set<string>()
let watching = false

export function labDirectory(labId: string): string {
  return join(RUN, labId)
}

/** Marks the lab as this process's and makes its directory. From here on its removal is certain. */
export function claimLab(labId: string): void {
  watchForExit()
  symlinkSync(ownerMark(process.pid), join(RUN, `${labId}${MARK}`))
  owned.add(labId)
  mkdirSync(labDirectory(labId), { mode: 0o755 })
}

/** Kills every process in the lab's namespaces and removes namespaces, directory and mark. Safe to repeat. */
export function removeLab(labId: string): void {
  const namespaces = netnsOf(labId)
  killInside(namespaces)
  if (namespaces.length > 0) deleteNetns(labId, namespaces)
  rmSync(labDirectory(labId), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  rmSync(join(RUN, `${labId}${MARK}`), { force: true })
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
  const labs: LabRecord[] = []
  for (const entry of readdirSync(RUN)) {
    const id = entry.endsWith(MARK) ? entry.slice(0, -MARK.length) : ''
    const target = isLabId(id) ? linkTarget(join(RUN, entry)) : undefined
    if (target === undefined) continue
    const pid = Number(target.split('@')[0])
    labs.push({ id, owner: { pid, alive: ownerMark(pid) === target } })
  }
  return labs
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

function netnsOf(labId: string): string[] {
  return existsSync(NETNS) ? readdirSync(NETNS).filter((name) => labIdOfNetns(name) === labId) : []
}

/** Another process may be sweeping the same lab: what counts is that the namespaces are gone. */
function deleteNetns(labId: string, namespaces: readonly string[]): void {
  const input = namespaces.map((name) => `netns del ${name}\n`).join('')
  const { stderr } = spawnSync('ip', ['-force', '-batch', '-'], { input, env: programEnvironment() })
  const left = netnsOf(labId)
  if (left.length > 0)
    throw new Error(`lab ${labId}: cannot remove ${left.join(', ')}: ${String(stderr).trim()}`)
}

/** SIGKILL for everything inside, until nothing is left: a process may be forking while it is looked for. */
function killInside(namespaces: readonly string[]): void {
  const inodes = new Set(namespaces.map(inodeOf))
  const deadline = performance.now() + GRACE
  for (;;) {
    const pids = pidsInside(inodes)
    if (pids.length === 0 || performance.now() > deadline) return
    for (const pid of pids) killQuietly(pid)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
}

/** This process is never among them, though one of its threads may have entered a namespace. */
function pidsInside(inodes: ReadonlySet<string | undefined>): number[] {
  if (inodes.size === 0) return []
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && inodes.has(linkTarget(`/proc/${pid}/ns/net`)))
}

/** In the form /proc/PID/ns/net has. */
function inodeOf(netns: string): string | undefined {
  try {
    return `net:[${statSync(join(NETNS, netns)).ino}]`
  } catch {
    return undefined
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already, which is what was wanted.
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
