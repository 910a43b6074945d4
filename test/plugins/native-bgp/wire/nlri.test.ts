import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'
import { decodePrefixes, encodedLength, encodePrefix } from '#plugins/native-bgp/wire/nlri.ts'

import { bytes, prefix } from './arbitraries.ts'

describe('prefixes on the wire', () => {
  it.each(['IPv4', 'IPv6'] as const)('of %s are read back, and as long as foretold', (family) => {
    fc.assert(
      fc.property(fc.array(prefix(family)), (prefixes) => {
        const writer = new Writer()
        for (const one of prefixes) encodePrefix(writer, one)
        expect(writer.length).toBe(prefixes.reduce((sum, one) => sum + encodedLength(one), 0))
        expect(decodePrefixes(new Reader(writer.take()), family)).toEqual(prefixes)
      }),
    )
  })

  it('of any bytes are prefixes or nothing', () => {
    fc.assert(
      fc.property(bytes(60), (noise) => {
        const prefixes = decodePrefixes(new Reader(noise), 'IPv4')
        const octets = prefixes?.reduce((sum, one) => sum + encodedLength(one), 0)
        expect(octets === undefined || octets === noise.length).toBe(true)
      }),
    )
  })
})
