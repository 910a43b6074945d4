import { describe, expect, it } from 'vitest'

import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'
import type { AttributeContext } from '#plugins/native-bgp/wire/attributes.ts'
import { decodeUpdate, type UpdateVerdict } from '#plugins/native-bgp/wire/update.ts'

const external: AttributeContext = { fourOctetAs: true, internal: false }
const internal: AttributeContext = { fourOctetAs: true, internal: true }

const ORIGIN = [0x40, 1, 1, 0]
const AS_PATH = [0x40, 2, 6, 2, 1, 0, 0, 0x1d, 0xfb]
const NEXT_HOP = [0x40, 3, 4, 192, 0, 2, 1]
const mandatory = [...ORIGIN, ...AS_PATH, ...NEXT_HOP]
const route = [24, 198, 51, 100]

function update(
  attributes: readonly number[],
  nlri: readonly number[] = route,
  withdrawn: readonly number[] = [],
) {
  const writer = new Writer()
  writer.counted(2, (body) => body.bytes(Uint8Array.from(withdrawn)))
  writer.counted(2, (body) => body.bytes(Uint8Array.from(attributes)))
  return writer.bytes(Uint8Array.from(nlri)).take()
}

function verdict(bytes: Uint8Array, context = external): UpdateVerdict {
  return decodeUpdate(new Reader(bytes), context)
}

function summary(result: UpdateVerdict): unknown {
  if (result.action === 'reset') return { action: 'reset', subcode: result.notification.subcode }
  return { action: result.action, faulty: result.faults.map(({ code }) => code) }
}

describe('an UPDATE (RFC 7606)', () => {
  it('is accepted when nothing is wrong with it', () => {
    expect(summary(verdict(update(mandatory)))).toEqual({ action: 'accept', faulty: [] })
  })

  it.each<[string, readonly number[], unknown]>([
    ['no ORIGIN', [...AS_PATH, ...NEXT_HOP], { action: 'withdraw', faulty: [1] }],
    ['an ORIGIN of 3', [0x40, 1, 1, 3, ...AS_PATH, ...NEXT_HOP], { action: 'withdraw', faulty: [1] }],
    [
      'an ORIGIN of two octets',
      [0x40, 1, 2, 0, 0, ...AS_PATH, ...NEXT_HOP],
      { action: 'withdraw', faulty: [1] },
    ],
    [
      'an ORIGIN flagged optional',
      [0xc0, 1, 1, 0, ...AS_PATH, ...NEXT_HOP],
      { action: 'withdraw', faulty: [1] },
    ],
    [
      'an AS_PATH segment that runs over',
      [...ORIGIN, 0x40, 2, 2, 2, 1, ...NEXT_HOP],
      { action: 'withdraw', faulty: [2] },
    ],
    [
      'an AS_PATH segment of an unknown type',
      [...ORIGIN, 0x40, 2, 6, 9, 1, 0, 0, 0, 1, ...NEXT_HOP],
      { action: 'withdraw', faulty: [2] },
    ],
    [
      'an empty AS_PATH segment',
      [...ORIGIN, 0x40, 2, 2, 2, 0, ...NEXT_HOP],
      { action: 'withdraw', faulty: [2] },
    ],
    [
      'AS 0 in the path (RFC 7607)',
      [...ORIGIN, 0x40, 2, 6, 2, 1, 0, 0, 0, 0, ...NEXT_HOP],
      { action: 'withdraw', faulty: [2] },
    ],
    [
      'a confederation in the path of another AS (RFC 5065)',
      [...ORIGIN, 0x40, 2, 6, 3, 1, 0, 0, 0, 9, ...NEXT_HOP],
      { action: 'withdraw', faulty: [2] },
    ],
    [
      'a NEXT_HOP that no host has',
      [...ORIGIN, ...AS_PATH, 0x40, 3, 4, 224, 0, 0, 1],
      { action: 'withdraw', faulty: [3] },
    ],
    [
      'a NEXT_HOP of 16 octets',
      [...ORIGIN, ...AS_PATH, 0x40, 3, 16, ...Array<number>(16).fill(1)],
      { action: 'withdraw', faulty: [3] },
    ],
    ['a MED of three octets', [...mandatory, 0x80, 4, 3, 0, 0, 0], { action: 'withdraw', faulty: [4] }],
    ['LOCAL_PREF from outside', [...mandatory, 0x40, 5, 4, 0, 0, 0, 1], { action: 'accept', faulty: [5] }],
    ['an ATOMIC_AGGREGATE with a value', [...mandatory, 0x40, 6, 1, 0], { action: 'accept', faulty: [6] }],
    [
      'an AGGREGATOR of six octets',
      [...mandatory, 0xc0, 7, 6, 0, 0, 0, 0, 0, 0],
      { action: 'accept', faulty: [7] },
    ],
    ['empty COMMUNITIES', [...mandatory, 0xc0, 8, 0], { action: 'withdraw', faulty: [8] }],
    [
      'COMMUNITIES of five octets',
      [...mandatory, 0xc0, 8, 5, 0, 0, 0, 0, 0],
      { action: 'withdraw', faulty: [8] },
    ],
    ['ORIGINATOR_ID from outside', [...mandatory, 0x80, 9, 4, 1, 1, 1, 1], { action: 'accept', faulty: [9] }],
    [
      'CLUSTER_LIST from outside',
      [...mandatory, 0x80, 10, 4, 1, 1, 1, 1],
      { action: 'accept', faulty: [10] },
    ],
    [
      'extended communities of seven octets',
      [...mandatory, 0xc0, 16, 7, 0, 0, 0, 0, 0, 0, 0],
      { action: 'withdraw', faulty: [16] },
    ],
    ['an empty AS4_PATH (RFC 6793 §6)', [...mandatory, 0xc0, 17, 0], { action: 'accept', faulty: [17] }],
    [
      'an AS4_AGGREGATOR of six octets',
      [...mandatory, 0xc0, 18, 6, 0, 0, 0, 0, 0, 0],
      { action: 'accept', faulty: [18] },
    ],
    [
      'large communities of eleven octets',
      [...mandatory, 0xc0, 32, 11, ...Array<number>(11).fill(0)],
      { action: 'withdraw', faulty: [32] },
    ],
    ['an unknown optional attribute', [...mandatory, 0xc0, 99, 1, 7], { action: 'accept', faulty: [] }],
    ['an unknown well-known attribute', [...mandatory, 0x40, 99, 0], { action: 'reset', subcode: 2 }],
    ['a second ORIGIN', [...mandatory, ...ORIGIN], { action: 'accept', faulty: [1] }],
    [
      'a second MP_UNREACH_NLRI',
      [...mandatory, 0x80, 15, 3, 0, 2, 1, 0x80, 15, 3, 0, 2, 1],
      { action: 'reset', subcode: 1 },
    ],
    [
      'an MP_REACH_NLRI with a next hop of five octets',
      [...mandatory, 0x80, 14, 10, 0, 2, 1, 5, 1, 1, 1, 1, 1, 0],
      { action: 'reset', subcode: 9 },
    ],
    [
      'an MP_REACH_NLRI with a prefix of 129 bits',
      [...mandatory, 0x80, 14, 22, 0, 2, 1, 16, ...Array<number>(16).fill(1), 0, 129],
      { action: 'reset', subcode: 9 },
    ],
    [
      'an MP family we do not know',
      [...mandatory, 0x80, 14, 7, 0, 25, 65, 0, 0, 1, 2],
      { action: 'accept', faulty: [] },
    ],
    [
      'an attribute that runs over the end',
      [...mandatory, 0xc0, 8, 200, 0],
      { action: 'withdraw', faulty: [8] },
    ],
    ['a lonely flags octet', [...mandatory, 0xc0], { action: 'withdraw', faulty: [0] }],
  ])('with %s', (_, attributes, expected) => {
    expect(summary(verdict(update(attributes)))).toEqual(expected)
  })

  it.each<[string, readonly number[], unknown]>([
    [
      'a LOCAL_PREF of three octets',
      [...mandatory, 0x40, 5, 3, 0, 0, 0],
      { action: 'withdraw', faulty: [5] },
    ],
    [
      'an ORIGINATOR_ID of five octets',
      [...mandatory, 0x80, 9, 5, 1, 1, 1, 1, 1],
      { action: 'withdraw', faulty: [9] },
    ],
    ['an empty CLUSTER_LIST', [...mandatory, 0x80, 10, 0], { action: 'withdraw', faulty: [10] }],
  ])('from our own AS with %s', (_, attributes, expected) => {
    expect(summary(verdict(update(attributes), internal))).toEqual(expected)
  })

  it.each<[string, Uint8Array, number]>([
    ['a route of 33 bits', update(mandatory, [33, 1, 2, 3, 4, 5]), 10],
    ['a route that runs over the end', update(mandatory, [24, 1]), 10],
    ['a withdrawal that runs over its field', update([], [], [32, 1]), 10],
    ['lengths that contradict each other', Uint8Array.of(0, 9, 0, 0), 1],
    ['no attribute length', Uint8Array.of(0, 0), 1],
  ])('ends the session with %s', (_, bytes, subcode) => {
    expect(summary(verdict(bytes))).toEqual({ action: 'reset', subcode })
  })

  it('needs no mandatory attributes to withdraw, nor for an End-of-RIB', () => {
    expect(summary(verdict(update([], [], route)))).toEqual({ action: 'accept', faulty: [] })
    expect(summary(verdict(update([], [])))).toEqual({ action: 'accept', faulty: [] })
  })
})
