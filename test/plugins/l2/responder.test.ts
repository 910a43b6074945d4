import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { interpret, type Ear, type Heard } from '#plugins/l2/responder.ts'
import { decodeArp } from '#plugins/l2/wire/arp.ts'
import { decodeNdp } from '#plugins/l2/wire/ndp.ts'
import { ALL_ONES, arp, linkLayerOption, macOf, ndp } from './frames.ts'

const ear: Ear = {
  mac: macOf(1),
  heeds: (address) => address === '192.0.2.10' || address === 'fd00::10',
}

/** The answer to the only request the frame holds. */
function answerTo(frame: Uint8Array): Uint8Array {
  const requests = interpret(frame, ear).filter((heard) => heard.kind === 'request')
  expect(requests).toHaveLength(1)
  return requests[0]!.answer(true)
}

const kinds = (heard: readonly Heard[]): string[] => heard.map(({ kind }) => kind)
const NS = { source: 'fe80::9', destination: 'ff02::1:ff00:10', target: 'fd00::10' }

describe('the ARP responder', () => {
  it('answers a broadcast request with the address at the interface', () => {
    expect(decodeArp(answerTo(arp({ sender: '192.0.2.9', target: '192.0.2.10' })))).toEqual({
      destination: macOf(9),
      source: macOf(1),
      operation: 'reply',
      sender: { mac: macOf(1), address: '192.0.2.10' },
      target: { mac: macOf(9), address: '192.0.2.9' },
    })
  })

  it('answers a request sent to the interface itself, as neighbours do to refresh their cache', () => {
    answerTo(arp({ sender: '192.0.2.9', target: '192.0.2.10', destination: macOf(1) }))
  })

  it('answers a probe, so that its sender learns that the address is taken', () => {
    const reply = decodeArp(answerTo(arp({ sender: '0.0.0.0', target: '192.0.2.10' })))
    expect(reply).toMatchObject({ operation: 'reply', target: { mac: macOf(9), address: '0.0.0.0' } })
  })

  it.each([
    ['for another address', arp({ sender: '192.0.2.9', target: '192.0.2.11' })],
    ['to another station', arp({ sender: '192.0.2.9', target: '192.0.2.10', destination: macOf(7) })],
    ['that is a reply', arp({ sender: '192.0.2.9', target: '192.0.2.10', operation: 2 })],
    ['from a group address', arp({ sender: '192.0.2.9', target: '192.0.2.10', senderMac: ALL_ONES })],
  ])('says nothing to a frame %s', (_, frame) => {
    expect(interpret(frame, ear)).toEqual([])
  })

  it('sees a claim in any ARP whose sender has an address of ours, and answers if it also asks', () => {
    const sender = '192.0.2.10'
    const claim = { kind: 'claim', address: sender, mac: macOf(9), announced: false }
    expect(interpret(arp({ sender, target: '192.0.2.77' }), ear)).toEqual([claim])
    expect(interpret(arp({ sender, target: '0.0.0.0', operation: 2 }), ear)).toEqual([claim])
    expect(interpret(arp({ sender, target: sender, operation: 2 }), ear)).toEqual([
      { ...claim, announced: true },
    ])
    expect(kinds(interpret(arp({ sender, target: sender }), ear))).toEqual(['claim', 'request'])
  })
})

describe('the NDP responder', () => {
  it('answers a multicast solicitation: solicited, override, source = target', () => {
    const reply = decodeNdp(answerTo(ndp({ ...NS, options: linkLayerOption(1, macOf(8)) })))
    expect(reply).toEqual({
      link: macOf(1),
      message: {
        kind: 'advertisement',
        source: 'fd00::10',
        destination: 'fe80::9',
        target: 'fd00::10',
        router: false,
        solicited: true,
        override: true,
        mac: macOf(1),
      },
    })
  })

  it('sends the answer to the source link-layer address, or to the frame’s sender without one', () => {
    const told = answerTo(ndp({ ...NS, options: linkLayerOption(1, macOf(8)) }))
    expect(told.subarray(0, 6)).toEqual(macOf(8))
    expect(answerTo(ndp({ ...NS, destination: 'fd00::10' })).subarray(0, 6)).toEqual(macOf(9))
  })

  it('answers duplicate address detection to all nodes, unsolicited', () => {
    const answer = answerTo(ndp({ ...NS, source: '::' }))
    expect([...answer.subarray(0, 6)]).toEqual([0x33, 0x33, 0, 0, 0, 1])
    expect(decodeNdp(answer)).toMatchObject({
      message: { destination: 'ff02::1', solicited: false, override: true, mac: macOf(1) },
    })
  })

  it('says nothing for another target, and nothing to a message that is not valid', () => {
    expect(interpret(ndp({ ...NS, target: 'fd00::11' }), ear)).toEqual([])
    expect(interpret(ndp({ ...NS, hopLimit: 64 }), ear)).toEqual([])
    expect(interpret(ndp({ ...NS, options: linkLayerOption(1, ALL_ONES) }), ear)).toEqual([])
  })

  it('sees a claim in an advertisement of somebody else', () => {
    const frame = ndp({ ...NS, type: 136, destination: 'ff02::1', options: linkLayerOption(2, macOf(7)) })
    expect(interpret(frame, ear)).toEqual([
      { kind: 'claim', address: 'fd00::10', mac: macOf(7), announced: false },
    ])
  })
})

describe('the responder', () => {
  it('never throws and never answers for an address it does not announce', () => {
    const nothing: Ear = { mac: macOf(1), heeds: () => false }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, isArp) => {
        const frame = Uint8Array.from(bytes)
        if (isArp)
          frame.set([0x08, 0x06].slice(0, Math.max(0, frame.length - 12)), Math.min(12, frame.length))
        expect(interpret(frame, nothing)).toEqual([])
        for (const heard of interpret(frame, ear)) if (heard.kind === 'request') heard.answer(true)
      }),
    )
  })
})
