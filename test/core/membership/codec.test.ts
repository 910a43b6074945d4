import { createHmac } from 'node:crypto'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bootFrom } from '#core/membership/boot.ts'
import { decodeMessage, encodeMessage, type Mac } from '#core/membership/codec.ts'
import type { Claim, Message, Note } from '#core/membership/message.ts'
import { formatAddress, type Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'

const macUnder =
  (key: string): Mac =>
  (message) =>
    createHmac('sha256', key).update(message).digest()

const mac = macUnder('the key of this folder')

const u32 = fc.integer({ min: 0, max: 0xffffffff })
const boot = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(bootFrom)
const name = fc.stringMatching(/^[a-z0-9.-]{1,253}$/)
const address: fc.Arbitrary<Address> = fc.oneof(
  u32.map((value) => formatAddress('IPv4', BigInt(value))),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => formatAddress('IPv6', value)),
)
const life = { about: name, boot }
const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({ address, counter: u32, state: fc.constantFrom('held', 'shut') }),
  fc.record({ address, counter: u32, state: fc.constantFrom('offered', 'failing'), to: name }),
)
const note: fc.Arbitrary<Note> = fc.oneof(
  fc.record({ type: fc.constantFrom('query', 'unheard'), ...life }),
  fc.record({ type: fc.constantFrom('heard', 'dead'), ...life, age: u32.map(milliseconds) }),
  fc.record({ type: fc.constantFrom('healed', 'sync') }),
  fc.record({ type: fc.constant('claims'), whole: fc.boolean(), claims: fc.array(claim, { maxLength: 20 }) }),
  fc.record({ type: fc.constant('dropped'), addresses: fc.array(address, { maxLength: 20 }) }),
  fc.record({
    type: fc.constant('returns'),
    node: name,
    ages: fc.array(u32.map(milliseconds), { maxLength: 16 }),
  }),
  fc.record({ type: fc.constant('parts'), count: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({
    type: fc.constant('epochs'),
    node: name,
    epochs: fc.array(fc.record({ address, counter: u32 }), { maxLength: 20 }),
  }),
)
const messages: fc.Arbitrary<Message> = fc.record({
  from: name,
  boot,
  echo: boot,
  sequence: fc.maxSafeNat(),
  standing: fc.constantFrom('listening', 'active', 'resuming', 'leaving'),
  deaf: fc.boolean(),
  ask: u32,
  answer: u32,
  digest: u32,
  notes: fc.array(note, { maxLength: 4 }),
})

const plain: Message = {
  from: 'node-a',
  boot: bootFrom(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
  echo: bootFrom(Uint8Array.of(9, 10, 11, 12, 13, 14, 15, 16)),
  sequence: 0x0102,
  standing: 'active',
  deaf: true,
  ask: 3,
  answer: 4,
  digest: 5,
  notes: [{ type: 'healed' }],
}

describe('a message', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMessage(encodeMessage(message, mac), [mac])).toEqual({ ok: true, message })
      }),
    )
  })

  it('puts each field where the drawing says', () => {
    const bytes = encodeMessage(plain, () => new Uint8Array(32).fill(0xee))
    const fields = [
      '48524c44',
      '02',
      '11',
      '0102030405060708',
      '090a0b0c0d0e0f10',
      '0000000000000102',
      '00000003',
      '00000004',
      '00000005',
      '06',
      Buffer.from('node-a').toString('hex'),
      '050000',
      'ee'.repeat(32),
    ]
    expect(Buffer.from(bytes).toString('hex')).toBe(fields.join(''))
  })

  it('is refused when any single bit differs', () => {
    const bitOf = fc.record({ message: messages, position: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) })
    fc.assert(
      fc.property(bitOf, ({ message, position, bit }) => {
        const bytes = encodeMessage(message, mac)
        const index = position % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
        expect(decodeMessage(bytes, [mac]).ok).toBe(false)
      }),
    )
  })

  it('is believed under any of the keys, so that a key can be replaced while members run', () => {
    const bytes = encodeMessage(plain, macUnder('the new key'))
    expect(decodeMessage(bytes, [mac, macUnder('the new key')]).ok).toBe(true)
    expect(decodeMessage(bytes, [mac])).toEqual({ ok: false, fault: 'bad-mac' })
  })

  it('of a later version is understood but for the notes that are new in it', () => {
    const signed = encodeMessage(plain, () => new Uint8Array(0))
    const future = Uint8Array.from([...signed, 200, 0, 2, 7, 7])
    const decoded = decodeMessage(Uint8Array.from([...future, ...mac(future)]), [mac])
    expect(decoded).toEqual({ ok: true, message: plain })
  })

  it('of another format is told apart from noise', () => {
    const bytes = encodeMessage(plain, mac)
    bytes[4] = 1
    expect(decodeMessage(bytes, [mac])).toEqual({ ok: false, fault: 'unknown-format' })
    expect(decodeMessage(bytes.subarray(0, 60), [mac])).toEqual({ ok: false, fault: 'malformed' })
  })

  it('gives a message or a fault for any bytes, whoever signed them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, begun) => {
        const head = begun ? encodeMessage(plain, () => new Uint8Array(0)) : new Uint8Array()
        const bytes = Uint8Array.from([...head, ...noise])
        const decoded = decodeMessage(Uint8Array.from([...bytes, ...mac(bytes)]), [mac])
        expect(typeof decoded.ok).toBe('boolean')
      }),
    )
  })
})
