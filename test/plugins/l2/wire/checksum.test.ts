import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes, bytesOf } from '#core/model/address.ts'
import { icmp6Checksum } from '#plugins/l2/wire/checksum.ts'
import { join, naiveChecksum } from '../frames.ts'

const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(addressFromBytes)

describe('the ICMPv6 checksum', () => {
  it('agrees with the definition', () => {
    fc.assert(
      fc.property(address, address, fc.uint8Array({ maxLength: 90 }), (source, destination, message) => {
        const pseudo = join(
          bytesOf(source),
          bytesOf(destination),
          [0, 0, 0, message.length, 0, 0, 0, 58],
          message,
        )
        expect(icmp6Checksum(source, destination, message)).toBe(naiveChecksum(pseudo))
      }),
    )
  })
})
