import { writeSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { AF_INET, POLLIN, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'
import { SystemError } from '#platform/linux/system-error.ts'

const LOOPBACK = Uint8Array.of(AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
const REUSE = { level: SOL_SOCKET, name: 2, label: 'SO_REUSEADDR' }

describe('libc', () => {
  it('sets and reads a socket option', () => {
    const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    libc.setsockopt(fd, REUSE, 1)
    expect(new Int32Array(libc.getsockopt(fd, REUSE).slice().buffer)[0]).toBe(1)
    libc.close(fd)
  })

  it('names the call, the subject and the errno of a failure', () => {
    const attempt = (): void => libc.setsockopt(-1, REUSE, 1)
    expect(attempt).toThrow(SystemError)
    expect(attempt).toThrow(/^setsockopt \(SO_REUSEADDR\): .*\(EBADF\)$/)
  })

  it('says undefined when a nonblocking socket holds nothing', () => {
    const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    expect(libc.recv(fd, new Uint8Array(16), 0x40)).toBeUndefined()
    libc.close(fd)
  })

  it('receives a datagram with its sender', () => {
    const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    libc.bind(fd, LOOPBACK)
    const to = libc.getsockname(fd)
    libc.sendto(fd, Uint8Array.of(1, 2, 3), to)
    const from = new Uint8Array(16)
    const bytes = new Uint8Array(16)
    expect(libc.recvfrom(fd, bytes, from)).toBe(3)
    expect([...bytes.subarray(0, 3)]).toEqual([1, 2, 3])
    expect([...from.subarray(4, 8)]).toEqual([127, 0, 0, 1])
    libc.close(fd)
  })

  it('finds the loopback interface and refuses one that does not exist', () => {
    expect(libc.interfaceIndex('lo')).toBeGreaterThan(0)
    expect(() => libc.interfaceIndex('no-such-if')).toThrow(/if_nametoindex \(no-such-if\).*ENODEV/)
  })

  it('reports a ready descriptor through poll', () => {
    const fd = libc.eventfd(0)
    const set = new Uint8Array(8)
    new Int32Array(set.buffer)[0] = fd
    new Int16Array(set.buffer)[2] = POLLIN
    expect(libc.poll(set, 0)).toBe(0)
    writeSync(fd, new BigUint64Array([1n]))
    expect(libc.poll(set, undefined)).toBe(1)
    expect(new Int16Array(set.buffer)[3]).toBe(POLLIN)
    libc.close(fd)
  })
})
