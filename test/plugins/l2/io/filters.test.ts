import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes, type Address } from '#core/model/address.ts'
import { arpFilter, lastWord, ndpFilter } from '#plugins/l2/io/filters.ts'
import { interpret } from '#plugins/l2/responder.ts'
import { assemble, MAX_INSTRUCTIONS } from '#platform/linux/bpf.ts'
import { accepts } from '../../../platform/linux/bpf-interpreter.ts'
import { arp, macOf, ndp } from '../frames.ts'

const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressFromBytes)
const v6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => addressFromBytes(bytes.with(0, 0xfd)))
const [HOST, BROADCAST, OTHERHOST, OUTGOING] = [0, 1, 3, 4]

const interesting = (frame: Uint8Array, addresses: readonly Address[]): boolean =>
  interpret(frame, { mac: macOf(1), announces: (address) => addresses.includes(address) }).length > 0

describe('the ARP filter', () => {
  it('lets through exactly what the responder would react to, while it is exact', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(v4, { minLength: 1, maxLength: 40 }),
        v4,
        fc.constantFrom(1, 2),
        (ours, other, operation) => {
          const program = arpFilter(ours.map(lastWord), 2000)
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
          const program = arpFilter(ours.map(lastWord), limit)
          for (const target of ours) expect(accepts(program, arp({ sender: '192.0.2.9', target }))).toBe(true)
        },
      ),
    )
  })

  it('refuses other media, other operations, frames of other stations and our own', () => {
    const ours = ['192.0.2.10' as Address]
    const program = arpFilter(ours.map(lastWord), 10)
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
    const ours = Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}` as Address)
    expect(assemble(arpFilter(ours.map(lastWord), 2000)).length / 8).toBeLessThanOrEqual(MAX_INSTRUCTIONS)
  })
})

describe('the NDP filter', () => {
  const ns = { source: 'fe80::9', destination: 'ff02::1:ff00:10' }

  it('lets through solicitations and advertisements of our targets', () => {
    fc.assert(
      fc.property(fc.uniqueArray(v6, { minLength: 1, maxLength: 40 }), v6, (ours, other) => {
        const program = ndpFilter(ours.map(lastWord), 2000)
        const sameLastWord = ours.some((address) => lastWord(address) === lastWord(other))
        for (const target of ours)
          for (const type of [135, 136]) expect(accepts(program, ndp({ ...ns, target, type }))).toBe(true)
        expect(accepts(program, ndp({ ...ns, target: other }))).toBe(sameLastWord)
      }),
    )
  })

  it('refuses what crossed a router, other messages and other protocols', () => {
    const program = ndpFilter([0x10], 10)
    const frame = ndp({ ...ns, target: 'fd00::10' })
    expect(accepts(program, frame)).toBe(true)
    expect(accepts(program, ndp({ ...ns, target: 'fd00::10', hopLimit: 254 }))).toBe(false)
    expect(accepts(program, ndp({ ...ns, target: 'fd00::10', type: 128 }))).toBe(false)
    expect(accepts(program, frame.with(20, 17))).toBe(false)
    expect(accepts(program, frame, OTHERHOST)).toBe(false)
  })
})
