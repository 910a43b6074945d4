import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressFromBytes, type Address } from '#core/model/address.ts'
import { decodeDatagram, DUMP_ADDRESSES, DUMP_LINKS, dumpRequest } from '#platform/linux/netlink/messages.ts'
import { addressBody, attribute, concat, linkBody, message, word } from './encode.ts'

const mac = fc.array(fc.nat(255), { minLength: 6, maxLength: 6 })
const address = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(addressFromBytes)
const link = fc.record(
  {
    index: fc.integer({ min: 1, max: 1e6 }),
    name: fc.stringMatching(/^[a-z0-9.@-]{1,15}$/),
    mac,
    flags: fc.nat(),
  },
  { noNullPrototype: true },
)

describe('rtnetlink messages', () => {
  it('decode links with their name, flags, master and hardware address', () => {
    fc.assert(
      fc.property(link, fc.option(fc.integer({ min: 1, max: 1e6 })), (fields, master) => {
        const full = { ...fields, ...(master === null ? {} : { master }) }
        const [decoded] = decodeDatagram(message(16, 1, linkBody(full)))
        const { index, name, flags } = fields
        expect(decoded).toEqual({
          kind: 'link',
          link: {
            index,
            name,
            flags,
            type: 1,
            hardwareAddress: Uint8Array.from(fields.mac),
            ...(master === null ? {} : { master }),
          },
        })
      }),
    )
  })

  it('decode addresses of both families', () => {
    fc.assert(
      fc.property(address, fc.nat(128), (ip, prefixLength) => {
        const [decoded] = decodeDatagram(message(20, 1, addressBody(7, ip, prefixLength)))
        expect(decoded).toEqual({ kind: 'address', assignment: { index: 7, address: ip, prefixLength } })
      }),
    )
  })

  it('prefer the local address to the far end of a point-to-point link', () => {
    const far = addressBody(3, '192.0.2.1' as Address, 32)
    const body = concat([far, attribute(2, Uint8Array.of(192, 0, 2, 2))])
    expect(decodeDatagram(message(21, 1, body))).toEqual([
      { kind: 'address-gone', assignment: { index: 3, address: '192.0.2.2', prefixLength: 32 } },
    ])
  })

  it('ignore what a bridge says about its ports', () => {
    const body = linkBody({ index: 4, name: 'eth1', mac: [2, 0, 0, 0, 0, 1], flags: 1, family: 7 })
    expect(decodeDatagram(concat([message(16, 1, body), message(17, 1, body)]))).toEqual([])
  })

  it('decode the end of a dump, interrupted or not, and an error', () => {
    const datagram = concat([message(3, 5, word(0)), message(3, 6, word(0), 0x12), message(2, 7, word(-16))])
    expect(decodeDatagram(datagram)).toEqual([
      { kind: 'done', seq: 5, interrupted: false },
      { kind: 'done', seq: 6, interrupted: true },
      { kind: 'error', seq: 7, errno: 16 },
    ])
  })

  it('keep the whole messages before a broken one', () => {
    const whole = message(3, 5, word(0))
    expect(decodeDatagram(concat([whole, whole.subarray(0, 12)])).map(({ kind }) => kind)).toEqual([
      'done',
      'malformed',
    ])
  })

  it('never throw, whatever the bytes', () => {
    const typed = fc.tuple(fc.integer({ min: 2, max: 22 }), fc.uint8Array({ maxLength: 80 }))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeDatagram(bytes)))
    fc.assert(fc.property(typed, ([type, body]) => void decodeDatagram(message(type, 1, body))))
  })

  it('ask for dumps of links and addresses', () => {
    expect(dumpRequest(DUMP_LINKS, 9).length).toBe(32)
    const request = dumpRequest(DUMP_ADDRESSES, 9)
    expect([...new Uint16Array(request.buffer, 4, 2)]).toEqual([22, 0x301])
    expect(new Uint32Array(request.buffer)[2]).toBe(9)
  })
})
