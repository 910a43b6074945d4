import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes, type Address } from '#core/model/address.ts'
import { arpFilter, lastWord, ndpFilter } from '#plugins/l2/io/filters.ts'
import { interpret } from '#plugins/l2/responder.ts'
import { assemble, MAX_INSTRUCTIONS } from '#platform/linux/bpf.ts'
import { accepts, steps } from '../../../platform/linux/bpf-interpreter.ts'
import { arp, macOf, ndp } from '../frames.ts'

const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressFromBytes)
const v6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => addressFromBytes(bytes.with(0, 0xfd)))
const [HOST, BROADCAST, OTHERHOST, OUTGOING] = [0, 1, 3, 4]

const interesting = (frame: Uint8Array, addresses: readonly Address[]): boolean =>
  interpret(frame, { mac: macOf(1), heeds: (address) => addresses.includes(address) }).length > 0

/** With what other nodes announce. */
const heeded = (own: readonly Address[], others: readonly Address[] = []) => ({
  own: own.map(lastWord),
  all: [...own, ...others].map(lastWord),
})

describe('the ARP filter', () => {
  it('lets through exactly what the responder would react to, while it is exact', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(v4, { minLength: 1, maxLength: 40 }),
        v4,
        fc.constantFrom(1, 2),
        (ours, other, operation) => {
          const program = arpFilter(heeded(ours), 2000)
          for (const target of [ours[0] as Address, other])
            for (const sender of [ours.at(-1) as Address, other]) {
              const frame = arp({ sender, target, operation })
              expect(accepts(program, frame)).toBe(interesting(frame, ours))
            }
        },
      ),
    )
  })

  it('lets through at least that when it had to be widened', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(v4, { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (ours, limit) => {
          const program = arpFilter(heeded(ours), limit)
          for (const target of ours) expect(accepts(program, arp({ sender: '192.0.2.9', target }))).toBe(true)
        },
      ),
    )
  })

  it('of other nodes’ addresses lets through who claims them and who probes for them, and nobody who looks for them', () => {
    const [own, others] = [['192.0.2.10' as Address], ['192.0.2.20' as Address]]
    const program = arpFilter(heeded(own, others), 10)
    const [client, theirs] = ['192.0.2.9', '192.0.2.20']
    expect(accepts(program, arp({ sender: client, target: theirs }))).toBe(false)
    expect(accepts(program, arp({ sender: theirs, target: client }))).toBe(true)
    expect(accepts(program, arp({ sender: theirs, target: theirs, operation: 2 }))).toBe(true)
    expect(accepts(program, arp({ sender: '0.0.0.0', target: theirs }))).toBe(true)
    expect(accepts(program, arp({ sender: '0.0.0.0', target: '192.0.2.30' }))).toBe(false)
    expect(accepts(program, arp({ sender: client, target: '192.0.2.10' }))).toBe(true)
  })

  it('costs a foreign broadcast some dozens of steps, however many addresses there are', () => {
    const scattered = Array.from({ length: 700 }, (_, i) => `10.${i >> 7}.${(2 * i) & 255}.1` as Address)
    const foreign = arp({ sender: '192.0.2.9', target: '192.0.2.8' })
    expect(steps(arpFilter(heeded(scattered.slice(0, 10), scattered), 800), foreign)).toBeLessThan(90)
  })

  it('refuses other media, other operations, frames of other stations and our own', () => {
    const ours = ['192.0.2.10' as Address]
    const program = arpFilter(heeded(ours), 10)
    const good = arp({ sender: '192.0.2.9', target: '192.0.2.10' })
    expect(accepts(program, good, BROADCAST)).toBe(true)
    expect(accepts(program, good, HOST)).toBe(true)
    expect(accepts(program, good, OTHERHOST)).toBe(false)
    expect(accepts(program, good, OUTGOING)).toBe(false)
    expect(accepts(program, good.with(15, 6))).toBe(false)
    expect(accepts(program, good.with(19, 6))).toBe(false)
    expect(accepts(program, arp({ sender: '192.0.2.9', target: '192.0.2.10', operation: 2 }))).toBe(false)
  })

  it('fits the kernel with ten thousand addresses', () => {
    const nth = (i: number): Address => `10.${i >> 11}.${(i >> 3) & 255}.${(i & 7) * 3}` as Address
    const ours = Array.from({ length: 10_000 }, (_, i) => nth(i))
    expect(assemble(arpFilter(heeded(ours), 800)).length / 8).toBeLessThanOrEqual(MAX_INSTRUCTIONS)
  })
})

describe('the NDP filter', () => {
  const ns = { source: 'fe80::9', destination: 'ff02::1:ff00:10' }

  it('lets through solicitations and advertisements of our targets', () => {
    fc.assert(
      fc.property(fc.uniqueArray(v6, { minLength: 1, maxLength: 40 }), v6, (ours, other) => {
        const program = ndpFilter(heeded(ours), 2000)
        const sameLastWord = ours.some((address) => lastWord(address) === lastWord(other))
        for (const target of ours)
          for (const type of [135, 136]) expect(accepts(program, ndp({ ...ns, target, type }))).toBe(true)
        expect(accepts(program, ndp({ ...ns, target: other }))).toBe(sameLastWord)
      }),
    )
  })

  it('of other nodes’ addresses lets through advertisements alone', () => {
    const program = ndpFilter(heeded(['fd00::10' as Address], ['fd00::20' as Address]), 10)
    expect(accepts(program, ndp({ ...ns, target: 'fd00::20' }))).toBe(false)
    expect(accepts(program, ndp({ ...ns, target: 'fd00::20', type: 136 }))).toBe(true)
  })

  it('refuses what crossed a router, other messages and other protocols', () => {
    const program = ndpFilter({ own: [0x10], all: [0x10] }, 10)
    const frame = ndp({ ...ns, target: 'fd00::10' })
    expect(accepts(program, frame)).toBe(true)
    expect(accepts(program, ndp({ ...ns, target: 'fd00::10', hopLimit: 254 }))).toBe(false)
    expect(accepts(program, ndp({ ...ns, target: 'fd00::10', type: 128 }))).toBe(false)
    expect(accepts(program, frame.with(20, 17))).toBe(false)
    expect(accepts(program, frame, OTHERHOST)).toBe(false)
  })
})
