import { describe, expect, it } from 'vitest'

import { linkBandwidth } from '#plugins/native-bgp/wire/link-bandwidth.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('the link bandwidth community', () => {
  it('is an AS and octets per second as a float, transitive towards other ASes', () => {
    // 3 × 125,000 = 375,000 = 0x48b71b00
    expect(hex(linkBandwidth(3, { negotiated: { internal: false, localAs: 64_512 } }))).toBe(
      '0004fc0048b71b00',
    )
  })

  it('stays within the AS where it is told within it, and names AS_TRANS for a long AS', () => {
    expect(hex(linkBandwidth(0, { negotiated: { internal: true, localAs: 4_200_000_000 } }))).toBe(
      '40045ba000000000',
    )
  })
})
