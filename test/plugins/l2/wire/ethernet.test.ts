import { describe, expect, it } from 'vitest'

import { bytesOf, type Address } from '#core/model/address.ts'
import { isStation, macText, multicastMac, sameMac } from '#plugins/l2/wire/ethernet.ts'
import { ALL_ONES, macOf } from '../frames.ts'

describe('Ethernet addresses', () => {
  it('are printed in lower-case hexadecimal', () => {
    expect(macText(Uint8Array.of(2, 0, 0x5e, 0x10, 0, 0xff))).toBe('02:00:5e:10:00:ff')
  })

  it('belong to a station unless they are a group or nobody', () => {
    expect(isStation(macOf(1))).toBe(true)
    expect(isStation(ALL_ONES)).toBe(false)
    expect(isStation(Uint8Array.of(1, 0, 0x5e, 0, 0, 1))).toBe(false)
    expect(isStation(new Uint8Array(6))).toBe(false)
  })

  it('are compared byte by byte', () => {
    expect(sameMac(macOf(1), macOf(1))).toBe(true)
    expect(sameMac(macOf(1), macOf(2))).toBe(false)
  })

  it('of an IPv6 group take its last four bytes', () => {
    expect(macText(multicastMac(bytesOf('ff02::1:ff00:10' as Address)))).toBe('33:33:ff:00:00:10')
  })
})
