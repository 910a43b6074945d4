import { expect, it } from 'vitest'

import { encodeKeepalive } from '#plugins/native-bgp/wire/keepalive.ts'

it('a KEEPALIVE is a header of 19 octets and nothing else (RFC 4271 §4.4)', () => {
  expect(encodeKeepalive()).toEqual(Uint8Array.of(...Array<number>(16).fill(0xff), 0, 19, 4))
})
