import { describe, expect, it } from 'vitest'

import { parseAddress, type Address } from '#core/model/address.ts'
import { addTcpAoKey, removeTcpAoKey, tcpAoAdd, tcpAoDelete } from '#platform/linux/tcp-ao.ts'
import { openTcpListener } from '#platform/linux/tcp-socket.ts'
import * as libc from '#platform/linux/libc.ts'

const master = {
  key: Uint8Array.of(1, 2, 3),
  algorithm: 'hmac(sha1)',
  sendId: 7,
  receiveId: 8,
} as const
const [v4, v6] = ['192.0.2.1', '2001:db8::1'].map(parseAddress) as [Address, Address]

/** Runs of zeros are left out: where each field begins, and its octets. */
function fields(bytes: Uint8Array): [number, string][] {
  const found: [number, string][] = []
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0) continue
    const start = at
    while (at < bytes.length && bytes[at] !== 0) at++
    found.push([start, Buffer.from(bytes.subarray(start, at)).toString('hex')])
  }
  return found
}

/** Offsets are those of `offsetof` with Linux 6.12's include/uapi/linux/tcp.h; nothing in it depends on the byte order but sin_family. */
describe('a master key as the kernel takes it', () => {
  it('is struct tcp_ao_add: peer, algorithm, prefix length, ids, code length, key length, key', () => {
    const bytes = tcpAoAdd(v4, master)
    expect(bytes).toHaveLength(288)
    expect(fields(bytes)).toEqual([
      [0, '02'],
      [4, 'c0'],
      [6, '0201'],
      [128, Buffer.from('hmac(sha1)').toString('hex')],
      [202, '2007080c'],
      [207, '03010203'],
    ])
  })

  it('fills the field of 80 octets with the longest key, and 16 octets of an IPv6 peer', () => {
    const key = new Uint8Array(80).fill(0xee)
    expect(fields(tcpAoAdd(v6, { ...master, algorithm: 'cmac(aes128)', key }))).toEqual([
      [0, '0a'],
      [8, '20010db8'],
      [23, '01'],
      [128, Buffer.from('cmac(aes128)').toString('hex')],
      [202, '8007080c'],
      [207, `50${'ee'.repeat(80)}`],
    ])
  })

  it('is taken away by struct tcp_ao_del: peer, prefix length, ids', () => {
    const bytes = tcpAoDelete(v4, master)
    expect(bytes).toHaveLength(144)
    expect(fields(bytes)).toEqual([
      [0, '02'],
      [4, 'c0'],
      [6, '0201'],
      [138, '200708'],
    ])
  })

  it.each([0, 81])('of %d octets is refused before the kernel sees it', (length) => {
    const wrong = { ...master, key: new Uint8Array(length) }
    expect(() => addTcpAoKey(-1, v4, wrong)).toThrow(
      `a TCP-AO master key of ${length} bytes, allowed 1 to 80`,
    )
  })

  it('is taken by this kernel, or the kernel is said to have no TCP-AO', () => {
    const fd = openTcpListener('IPv4', 0)
    try {
      addTcpAoKey(fd, v4, master)
      // Whoever holds a key may not hold another with its ids.
      expect(() => addTcpAoKey(fd, v4, master)).toThrow('EEXIST')
      removeTcpAoKey(fd, v4, master)
      addTcpAoKey(fd, v4, master)
    } catch (error) {
      expect(error).toMatchObject({
        code: 'ENOPROTOOPT',
        message: 'this kernel has no TCP-AO: Linux 6.7 and newer have it when built with CONFIG_TCP_AO',
      })
    } finally {
      removeTcpAoKey(fd, v4, master)
      libc.close(fd)
    }
  })
})
