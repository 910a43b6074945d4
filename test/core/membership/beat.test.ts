import { createHmac } from 'node:crypto'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeBeat, encodeBeat, type Beat, type Mac } from '#core/membership/beat.ts'
import { bootBytes, bootFrom } from '#core/membership/boot.ts'

const macUnder =
  (key: string): Mac =>
  (message) =>
    createHmac('sha256', key).update(message).digest()

const mac = macUnder('the key of this folder')

const boots = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(bootFrom)
const beats: fc.Arbitrary<Beat> = fc.record({
  kind: fc.constantFrom('listening', 'active', 'leaving'),
  from: fc.stringMatching(/^[a-z0-9.-]{1,253}$/),
  boot: boots,
  echo: boots,
  sequence: fc.maxSafeNat(),
})

describe('beat', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(beats, (beat) => {
        expect(decodeBeat(encodeBeat(beat, mac), mac)).toEqual({ ok: true, beat })
      }),
    )
  })

  it('puts each field where the drawing says', () => {
    const beat: Beat = {
      kind: 'active',
      from: 'node-a',
      boot: bootFrom(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
      echo: bootFrom(Uint8Array.of(9, 10, 11, 12, 13, 14, 15, 16)),
      sequence: 0x0102,
    }
    const bytes = encodeBeat(beat, () => new Uint8Array(32).fill(0xee))
    const fields = ['48524c44', '01', '01', '0102030405060708', '090a0b0c0d0e0f10', '0000000000000102', '06']
    const name = Buffer.from('node-a').toString('hex')
    expect(Buffer.from(bytes).toString('hex')).toBe([...fields, name, 'ee'.repeat(32)].join(''))
  })

  it('refuses a beat in which any single bit differs', () => {
    const bitOf = fc.record({ beat: beats, position: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) })
    fc.assert(
      fc.property(bitOf, ({ beat, position, bit }) => {
        const bytes = encodeBeat(beat, mac)
        const index = position % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
        expect(decodeBeat(bytes, mac).ok).toBe(false)
      }),
    )
  })

  it('refuses a beat made under another key', () => {
    fc.assert(
      fc.property(beats, (beat) => {
        expect(decodeBeat(encodeBeat(beat, macUnder('another key')), mac)).toEqual({
          ok: false,
          fault: 'bad-mac',
        })
      }),
    )
  })

  it('answers every prefix of a beat, and any bytes at all, with a fault', () => {
    fc.assert(
      fc.property(beats, fc.nat(), (beat, cut) => {
        const bytes = encodeBeat(beat, mac)
        expect(decodeBeat(bytes.subarray(0, cut % bytes.length), mac).ok).toBe(false)
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => !decodeBeat(bytes, mac).ok))
  })

  it.each([
    ['an unknown kind', (bytes: Uint8Array) => bytes.fill(9, 5, 6)],
    ['a name length that disagrees with the message', (bytes: Uint8Array) => bytes.fill(3, 30, 31)],
    ['a sequence number too large to count with', (bytes: Uint8Array) => bytes.fill(0xff, 22, 30)],
  ])('refuses %s even under the right key', (_, spoil) => {
    const whole = encodeBeat(
      { kind: 'active', from: 'node-a', boot: zeros, echo: zeros, sequence: 1 },
      () => new Uint8Array(32),
    )
    const signed = spoil(whole.subarray(0, whole.length - 32))
    const bytes = new Uint8Array([...signed, ...mac(signed)])
    expect(decodeBeat(bytes, mac)).toEqual({ ok: false, fault: 'malformed' })
  })

  it('names a format it does not know', () => {
    const bytes = encodeBeat({ kind: 'active', from: 'a', boot: zeros, echo: zeros, sequence: 1 }, mac)
    bytes[4] = 2
    expect(decodeBeat(bytes, mac)).toEqual({ ok: false, fault: 'unknown-format' })
  })

  it('keeps boot ids through bytes and back', () => {
    fc.assert(fc.property(boots, (boot) => bootFrom(bootBytes(boot)) === boot))
  })
})

const zeros = bootFrom(new Uint8Array(8))
