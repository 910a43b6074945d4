import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Framer } from '#plugins/native-bgp/wire/framer.ts'
import { encode } from '#plugins/native-bgp/wire/message.ts'

import { context, message } from './arbitraries.ts'

describe('the framer', () => {
  it('finds the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        context,
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        (messages, agreed, cuts) => {
          const encoded = messages.map((one) => encode(one, agreed))
          const stream = Uint8Array.from(encoded.flatMap((one) => [...one]))
          const framer = new Framer()
          const found: Uint8Array[] = []
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const size = cuts[turn % cuts.length] ?? 1
            for (const frame of framer.push(stream.slice(at, at + size))) {
              if (frame.kind === 'frame') found.push(frame.body.slice())
            }
            at += size
          }
          expect(found).toEqual(encoded.map((one) => one.subarray(19)))
          expect(framer.waiting).toBe(0)
        },
      ),
    )
  })

  it('says where a stream stops making sense, after the messages before it', () => {
    const keepalive = encode({ type: 'keepalive' }, { fourOctetAs: true, internal: false })
    const frames = [...new Framer().push(Uint8Array.of(...keepalive, 1, 2, 3))]
    expect(frames.map(({ kind }) => kind)).toEqual(['frame', 'reset'])
  })
})
