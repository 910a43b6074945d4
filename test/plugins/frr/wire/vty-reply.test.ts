import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { VtyDecoder, type VtyReply } from '#plugins/frr/wire/vty-reply.ts'

function encode({ status, text }: VtyReply): number[] {
  return [...new TextEncoder().encode(text), 0, 0, 0, status]
}

const replies = fc.array(
  fc.record({
    status: fc.integer({ min: 0, max: 255 }),
    text: fc
      .string({ unit: 'grapheme' })
      .filter((text) => !text.includes('\0') && !text.startsWith('\uFEFF')),
  }),
)

describe('the replies of a vty socket (vty-reply.ts)', () => {
  it('are the text before three NUL bytes, and the status after them', () => {
    const bytes = Uint8Array.from(encode({ status: 13, text: 'BGP is already running; AS is 65001\n' }))
    expect(new VtyDecoder().push(bytes)).toEqual([
      { status: 13, text: 'BGP is already running; AS is 65001\n' },
    ])
  })

  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(replies, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = Uint8Array.from(sent.flatMap(encode))
        const decoder = new VtyDecoder()
        const got: VtyReply[] = []
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] ?? 1
          got.push(...decoder.push(bytes.subarray(at, at + size)))
          at += size
        }
        expect(got).toEqual(sent)
      }),
    )
  })

  it('are found in any bytes without a fault', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const decoder = new VtyDecoder()
        for (const chunk of chunks)
          for (const { status } of decoder.push(chunk)) expect(status).toBeLessThan(256)
        expect(decoder.overflown).toBe(false)
      }),
    )
  })
})
