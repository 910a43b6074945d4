/* Takes away all that carries a lab's id: processes in its namespaces, the namespaces, its directory. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { labIdOfNetns } from './names.ts'
import { programEnvironment } from './programs.ts'

/** Where the lab and its owner leave their traces; a tmpfs, so that a reboot forgets them with the namespaces. */
export const RUN = '/run'

const NETNS = '/run/netns'

/** Milliseconds that killed processes get to vanish before their namespaces are removed regardless. */
const GRACE = 2000

export function labDirectory(labId: string): string {
  return join(RUN, labId)
}

/** Synchronous, so that it can run while the process exits. Safe to repeat, also by two processes at once. */
export function removeTraces(labId: string): void {
  const namespaces = netnsOf(labId)
  killInside(namespaces)
  if (namespaces.length > 0) deleteNetns(labId, namespaces)
  rmSync(labDirectory(labId), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
}

export function entriesOf(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}

export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function netnsOf(labId: string): string[] {
  return entriesOf(NETNS).filter((name) => labIdOfNetns(name) === labId)
}

/** Another process may be removing the same lab: what counts is that the namespaces are gone. */
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
  return entriesOf('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && inodes.has(linkTarget(`/proc/${pid}/ns/net`) ?? 'gone'))
}

/** In the form /proc/PID/ns/net has. */
function inodeOf(netns: string): string | undefined {
  try {
    return `net:[${statSync(join(NETNS, netns)).ino}]`
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
