import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes, bytesOf, type Address } from '#core/model/address.ts'
import { assemble, MAX_INSTRUCTIONS } from '#platform/linux/bpf.ts'
import { echoFilter } from '#plugins/native-bgp/io/bfd-echo.ts'
import { MAX_SENDERS, senderFilter } from '#plugins/native-bgp/io/bfd-filter.ts'
import { encodeEcho } from '#plugins/native-bgp/bfd/wire/echo-frame.ts'

import { accepts } from '../../../platform/linux/bpf-interpreter.ts'

const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressFromBytes)
// Few different words, so that addresses share some and differ in others.
const v6 = fc
  .array(fc.constantFrom(0, 1, 0xfd), { minLength: 16, maxLength: 16 })
  .map((bytes) => addressFromBytes(Uint8Array.from(bytes)))
const ttl = fc.integer({ min: 1, max: 255 })

/** An IP header with this sender and TTL. */
function header(source: Address, hops: number): Uint8Array {
  const bytes = new Uint8Array(40)
  const six = source.includes(':')
  bytes[six ? 7 : 8] = hops
  bytes.set(bytesOf(source), six ? 8 : 12)
  return bytes
}

describe('the filter of arriving packets', () => {
  it.each([
    ['IPv4', v4],
    ['IPv6', v6],
  ] as const)('lets through our peers with enough TTL, and nobody else, over %s', (family, address) => {
    const senders = fc.uniqueArray(fc.record({ address, minimumTtl: ttl }), {
      selector: (sender) => sender.address,
      maxLength: 8,
    })
    fc.assert(
      fc.property(senders, address, ttl, (allowed, stranger, hops) => {
        const program = senderFilter(family, allowed)
        for (const { address: source, minimumTtl } of allowed)
          expect(accepts(program, header(source, hops))).toBe(hops >= minimumTtl)
        if (!allowed.some((sender) => sender.address === stranger))
          expect(accepts(program, header(stranger, 255))).toBe(false)
      }),
    )
  })

  it('fits the kernel with as many peers as there may be', () => {
    const senders = Array.from({ length: MAX_SENDERS }, (_, i) => ({
      address: addressFromBytes(Uint8Array.from({ length: 16 }, (_unused, at) => (at === 15 ? i : 0xfd))),
      minimumTtl: 255,
    }))
    const program = senderFilter('IPv6', senders)
    expect(program.length).toBeLessThanOrEqual(MAX_INSTRUCTIONS)
    expect(() => assemble(program)).not.toThrow()
  })
})

describe('the filter of the echo function', () => {
  const [local, remote] = ['192.0.2.11' as Address, '192.0.2.1' as Address]
  const program = echoFilter({ local, remote })
  const mac = new Uint8Array(6)
  const echo = encodeEcho({ destination: mac, source: mac, address: local, discriminator: 1, sequence: 1 })

  it('lets through our echo packets, and the peer’s control packets', () => {
    expect(accepts(program, echo)).toBe(true)
    const control = Uint8Array.from(echo)
    control.set(bytesOf(remote), 26)
    control.set([3784 >> 8, 3784 & 255], 36)
    expect(accepts(program, control)).toBe(true)
    expect(accepts(program, control.with(29, 2))).toBe(false)
  })

  it('lets through nothing else', () => {
    expect(accepts(program, echo, 4)).toBe(false)
    expect(accepts(program, echo.with(14, 0x46))).toBe(false)
    expect(accepts(program, echo.with(23, 6))).toBe(false)
    expect(accepts(program, echo.with(37, 0))).toBe(false)
    expect(accepts(program, echo.with(29, 12))).toBe(false)
  })
})
