/*
 * Another process's TCP sockets, duplicated into this one (pidfd_getfd): to change the key of a router's running session
 * behind its back, since FRR and BIRD begin a session anew when they are told a new password.
 */
import { readdirSync, readlinkSync } from 'node:fs'

import koffi from 'koffi'

import type { Address } from '#core/model/address.ts'
import { close } from '#platform/linux/libc.ts'
import { isSystemError } from '#platform/linux/system-error.ts'
import { setTcpMd5Key } from '#platform/linux/tcp-socket.ts'

/** The same on all architectures. */
const [PIDFD_OPEN, PIDFD_GETFD] = [434, 438]
const syscall = koffi.load(null).func('long syscall(long, long, long, long)') as (...args: number[]) => number

/** Every TCP socket of the process signs segments from and to `peer` with the key from now on; answers how many. */
export function rekeySocketsOf(pid: number, peer: Address, key: string): number {
  const process_ = syscall(PIDFD_OPEN, pid, 0, 0)
  if (process_ < 0) throw new Error(`pidfd_open: error ${koffi.errno()}`)
  const numbers = readdirSync(`/proc/${pid}/fd`).filter((fd) =>
    readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:'),
  )
  try {
    return numbers.filter((fd) => rekeyed(process_, Number(fd), peer, key)).length
  } finally {
    close(process_)
  }
}

function rekeyed(process_: number, number: number, peer: Address, key: string): boolean {
  const fd = syscall(PIDFD_GETFD, process_, number, 0)
  // It was closed meanwhile.
  if (fd < 0) return false
  try {
    setTcpMd5Key(fd, peer, new TextEncoder().encode(key))
    return true
  } catch (error) {
    // No TCP, or the other family.
    if (!isSystemError(error)) throw error
    return false
  } finally {
    close(fd)
  }
}
