import { expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'
import { decodeRouteRefresh, encodeRouteRefresh } from '#plugins/native-bgp/wire/route-refresh.ts'

it('a ROUTE-REFRESH names its family, with a subtype between (RFC 2918 §3, RFC 7313 §3.2)', () => {
  const writer = new Writer()
  encodeRouteRefresh(writer, { afi: 2, subtype: 1, safi: 1 })
  const octets = writer.take()
  expect(octets).toEqual(Uint8Array.of(0, 2, 1, 1))
  expect(decodeRouteRefresh(new Reader(octets))).toEqual({ afi: 2, subtype: 1, safi: 1 })
})

it('a mark with more than its four octets is answered with itself (RFC 7313 §5)', () => {
  const long = Uint8Array.of(0, 1, 2, 1, 9)
  expect(decodeRouteRefresh(new Reader(long))).toEqual({
    code: 7,
    subcode: 1,
    data: [...Array.from({ length: 16 }, () => 0xff), 0, 24, 5, 0, 1, 2, 1, 9],
  })
  expect(decodeRouteRefresh(new Reader(Uint8Array.of(0, 1, 0, 1, 9)))).toMatchObject({ subtype: 0 })
})
