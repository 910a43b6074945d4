import { writeSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { AF_INET, POLLIN, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'
import { SystemError } from '#platform/linux/system-error.ts'

const LOOPBACK = Uint8Array.of(AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
const REUSE_PORT = { level: SOL_SOCKET, name: 15, label: 'SO_REUSEPORT' }

describe('libc', () => {
  it('sets a socket option: two sockets share a port only if both ask for it', () => {
    const [first, second] = [0, 1].map(() => libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) as [
      number,
      number,
    ]
    libc.setsockopt(first, REUSE_PORT, 1)
    libc.bind(first, LOOPBACK)
    const taken = libc.getsockname(first)
    expect(() => libc.bind(second, taken, 'the same port')).toThrow(/^bind \(the same port\): .*EADDRINUSE/)
    libc.setsockopt(second, REUSE_PORT, new Uint8Array(new Int32Array([1]).buffer))
    libc.bind(second, taken)
    libc.close(first)
    libc.close(second)
  })

  it('names the call, the subject and the errno of a failure', () => {
    const attempt = (): void => libc.setsockopt(-1, REUSE_PORT, 1)
    expect(attempt).toThrow(SystemError)
    expect(attempt).toThrow(/^setsockopt \(SO_REUSEPORT\): .*\(EBADF\)$/)
  })

  it('says undefined when a nonblocking socket holds nothing', () => {
    const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    expect(libc.recv(fd, new Uint8Array(16), 0x40)).toBeUndefined()
    libc.close(fd)
  })

  it('sends a datagram and receives it', () => {
    const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    libc.bind(fd, LOOPBACK)
    libc.sendto(fd, Uint8Array.of(1, 2, 3), libc.getsockname(fd))
    const bytes = new Uint8Array(16)
    expect(libc.recv(fd, bytes)).toBe(3)
    expect([...bytes.subarray(0, 3)]).toEqual([1, 2, 3])
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
