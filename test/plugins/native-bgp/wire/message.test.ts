import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeFrame } from '#plugins/native-bgp/wire/header.ts'
import { decode, encode, type Message, type Received } from '#plugins/native-bgp/wire/message.ts'

import { bytes, context, message } from './arbitraries.ts'
import { sendable } from './sendable.ts'

/** What `decode` should make of a message we wrote; routes without their mandatory attributes aside. */
function asReceived(sent: Message): unknown {
  if (sent.type !== 'update') return sent
  return { type: 'update', verdict: expect.objectContaining({ update: sent.update }) }
}

function only(encoded: Uint8Array): Extract<ReturnType<typeof decodeFrame>, { kind: 'frame' }> {
  const frame = decodeFrame(encoded)
  if (frame.kind !== 'frame') throw new Error(`a ${frame.kind} instead of a frame`)
  return frame
}

describe('the message codec', () => {
  it('reads back every message as it was written, and writes it back byte for byte', () => {
    fc.assert(
      fc.property(message, context, (sent, agreed) => {
        const encoded = encode(sent, agreed)
        const frame = only(encoded)
        expect(frame.length).toBe(encoded.length)
        const received = decode(frame, agreed)
        expect(received).toEqual(asReceived(sent))
        const again = sendable(received)
        expect(again && encode(again, agreed)).toEqual(encoded)
      }),
      { numRuns: 500 },
    )
  })

  it('finds every proper prefix of a message incomplete', () => {
    fc.assert(
      fc.property(message, context, fc.nat(), (sent, agreed, cut) => {
        const encoded = encode(sent, agreed)
        expect(decodeFrame(encoded.subarray(0, cut % encoded.length))).toEqual({ kind: 'incomplete' })
      }),
    )
  })

  it('never throws, whatever the bytes behind a correct header', () => {
    const types = fc.integer({ min: 1, max: 5 })
    fc.assert(
      fc.property(types, bytes(200), context, (type, body, agreed) => {
        const length = 19 + body.length
        const header = [...Array<number>(16).fill(0xff), length >> 8, length & 0xff, type]
        const frame = decodeFrame(Uint8Array.of(...header, ...body))
        if (frame.kind === 'frame') expect(decode(frame, agreed).type).toBeTypeOf('string')
        else expect(frame.kind).toBe('reset')
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws on a message with one octet changed', () => {
    fc.assert(
      fc.property(message, context, fc.nat(), fc.nat({ max: 255 }), (sent, agreed, at, octet) => {
        const encoded = encode(sent, agreed)
        encoded[at % encoded.length] = octet
        const frame = decodeFrame(encoded)
        const received: Received | undefined = frame.kind === 'frame' ? decode(frame, agreed) : undefined
        expect(received === undefined || typeof received.type === 'string').toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
