import { readFileSync } from 'node:fs'

const pageSize = 4096

/** Resident bytes of a process; undefined when it is gone or the system has no /proc. */
export function residentBytes(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageSize
  } catch {
    return undefined
  }
}
