/*
 * The system calls Node has no API for, through koffi. Every call is synchronous and acts on the calling thread;
 * a failure throws a SystemError. File descriptors are plain numbers and belong to whoever opened them.
 */
import koffi from 'koffi'

import { SO_ATTACH_FILTER, SOL_SOCKET } from './constants.ts'
import { SystemError } from './system-error.ts'

// The C library is already in the process, whichever it is: glibc and musl alike are found through the program.
const library = koffi.load(null)

koffi.struct('sock_fprog', { len: 'uint16_t', filter: 'const void *' })
koffi.struct('timespec', { tv_sec: 'long', tv_nsec: 'long' })

const native = {
  socket: library.func('int socket(int, int, int)'),
  bind: library.func('int bind(int, const void *, uint32_t)'),
  setsockopt: library.func('int setsockopt(int, int, int, const void *, uint32_t)'),
  getsockopt: library.func('int getsockopt(int, int, int, _Out_ void *, _Inout_ uint32_t *)'),
  setsockoptProgram: library.func('setsockopt', 'int', [
    'int',
    'int',
    'int',
    'const sock_fprog *',
    'uint32_t',
  ]),
  getsockname: library.func('int getsockname(int, _Out_ void *, _Inout_ uint32_t *)'),
  recv: library.func('long recv(int, _Out_ void *, size_t, int)'),
  recvfrom: library.func('long recvfrom(int, _Out_ void *, size_t, int, _Out_ void *, _Inout_ uint32_t *)'),
  send: library.func('long send(int, const void *, size_t, int)'),
  sendto: library.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)'),
  ppoll: library.func('int ppoll(_Inout_ void *, unsigned long, const timespec *, const void *)'),
  eventfd: library.func('int eventfd(unsigned int, int)'),
  close: library.func('int close(int)'),
  if_nametoindex: library.func('unsigned int if_nametoindex(const char *)'),
  setns: library.func('int setns(int, int)'),
  setpriority: library.func('int setpriority(int, unsigned int, int)'),
  madvise: library.func('int madvise(uintptr_t, size_t, int)'),
}

/** Of the GNU C library alone. */
const malloc_trim = optional('int malloc_trim(size_t)')

const EINTR = 4
const EAGAIN = 11

export function socket(family: number, type: number, protocol: number): number {
  return checked('socket', native.socket(family, type, protocol) as number, `family ${family}, type ${type}`)
}

/** `address`: a struct sockaddr in native layout. */
export function bind(fd: number, address: Uint8Array, subject = ''): void {
  checked('bind', native.bind(fd, address, address.length) as number, subject)
}

export interface SocketOption {
  readonly level: number
  readonly name: number
  /** Printed when the call fails. */
  readonly label: string
}

/** A number is passed as a C int, bytes as they are. */
export function setsockopt(fd: number, option: SocketOption, value: number | Uint8Array): void {
  const bytes = typeof value === 'number' ? intBytes(value) : value
  checked(
    'setsockopt',
    native.setsockopt(fd, option.level, option.name, bytes, bytes.length) as number,
    option.label,
  )
}

/** As many bytes as the kernel has to tell, `most` at the most. */
export function getsockopt(fd: number, option: SocketOption, most: number): Uint8Array {
  const value = new Uint8Array(most)
  const length = [most]
  checked(
    'getsockopt',
    native.getsockopt(fd, option.level, option.name, value, length) as number,
    option.label,
  )
  return value.subarray(0, length[0] ?? 0)
}

/** `program` holds `struct sock_filter` entries of eight bytes; it takes the place of the one before, atomically. */
export function attachFilter(fd: number, program: Uint8Array): void {
  const argument = { len: program.length / 8, filter: program }
  const size = koffi.sizeof('sock_fprog')
  checked(
    'setsockopt',
    native.setsockoptProgram(fd, SOL_SOCKET, SO_ATTACH_FILTER, argument, size) as number,
    'SO_ATTACH_FILTER',
  )
}

/** The struct sockaddr the socket is bound to. */
export function getsockname(fd: number): Uint8Array {
  const address = new Uint8Array(128)
  const length = [address.length]
  checked('getsockname', native.getsockname(fd, address, length) as number)
  return address.subarray(0, length[0] ?? 0)
}

/** Bytes received into `buffer` (with MSG_TRUNC in `flags`: of the whole datagram), or undefined if none wait. */
export function recv(fd: number, buffer: Uint8Array, flags = 0): number | undefined {
  return available('recv', native.recv(fd, buffer, buffer.length, flags) as number)
}

/** As `recv`; the sender's struct sockaddr is written to `from`. */
export function recvfrom(fd: number, buffer: Uint8Array, from: Uint8Array): number | undefined {
  return available('recvfrom', native.recvfrom(fd, buffer, buffer.length, 0, from, [from.length]) as number)
}

export function send(fd: number, bytes: Uint8Array, flags = 0): void {
  checked('send', native.send(fd, bytes, bytes.length, flags) as number)
}

export function sendto(fd: number, bytes: Uint8Array, to: Uint8Array, flags = 0): void {
  checked('sendto', native.sendto(fd, bytes, bytes.length, flags, to, to.length) as number)
}

/**
 * `set` holds `struct pollfd` entries of eight bytes, whose `revents` are filled in. Waits `timeout` milliseconds
 * (fractions count), or for ever when undefined. Returns how many are ready; 0 as well when a signal came first.
 */
export function poll(set: Uint8Array, timeout: number | undefined): number {
  const limit = timeout === undefined ? null : timespec(timeout)
  const ready = native.ppoll(set, set.length / 8, limit, null) as number
  if (ready === -1 && koffi.errno() === EINTR) return 0
  return checked('poll', ready)
}

export function eventfd(flags: number): number {
  return checked('eventfd', native.eventfd(0, flags) as number)
}

export function close(fd: number): void {
  checked('close', native.close(fd) as number, `descriptor ${fd}`)
}

/** On a thread of the pool. */
export function closeSoon(fd: number): void {
  native.close.async(fd, () => {})
}

export function interfaceIndex(name: string): number {
  const index = native.if_nametoindex(name) as number
  if (index === 0) throw new SystemError('if_nametoindex', koffi.errno(), name)
  return index
}

/** Moves the calling thread; threads it starts afterwards follow, those it started before do not. */
export function setns(fd: number, kind: number): void {
  checked('setns', native.setns(fd, kind) as number)
}

/** `who` 0 with PRIO_PROCESS is the calling thread alone. */
export function setpriority(which: number, who: number, priority: number): void {
  checked('setpriority', native.setpriority(which, who, priority) as number, `nice ${priority}`)
}

/** `start`: an address of this process. What the advice does to the memory there is up to it: see madvise(2). */
export function madvise(start: number, length: number, advice: number): void {
  checked('madvise', native.madvise(start, length, advice) as number, `${length} bytes`)
}

/** Gives free pages of the C heap back to the kernel. */
export function mallocTrim(): void {
  malloc_trim?.(0)
}

function optional(declaration: string): ((...parameters: number[]) => unknown) | undefined {
  try {
    return library.func(declaration) as (...parameters: number[]) => unknown
  } catch {
    return undefined
  }
}

function checked(call: string, result: number, subject = ''): number {
  if (result === -1) throw new SystemError(call, koffi.errno(), subject)
  return result
}

function available(call: string, length: number): number | undefined {
  if (length !== -1) return length
  const errno = koffi.errno()
  if (errno === EAGAIN || errno === EINTR) return undefined
  throw new SystemError(call, errno)
}

function intBytes(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer)
}

function timespec(ms: number): { tv_sec: number; tv_nsec: number } {
  const seconds = Math.floor(ms / 1000)
  return { tv_sec: seconds, tv_nsec: Math.round((ms - seconds * 1000) * 1e6) % 1e9 }
}
