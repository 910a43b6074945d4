/* BGP and BFD. */
import * as fc from 'fast-check'

import { parseAddress, type Address } from '#core/model/address.ts'
import { Reader } from '#core/wire/reader.ts'
import { decodeEcho, encodeEcho } from '#plugins/native-bgp/bfd/wire/echo-frame.ts'
import {
  decodeControl,
  encodeControl,
  isPacketFault,
  type ControlPacket,
} from '#plugins/native-bgp/bfd/wire/control-packet.ts'
import { Framer } from '#plugins/native-bgp/wire/framer.ts'
import { decodeFrame } from '#plugins/native-bgp/wire/header.ts'
import { headerLength, messageType } from '#plugins/native-bgp/wire/iana.ts'
import { decode, encode } from '#plugins/native-bgp/wire/message.ts'

import { message } from '../plugins/native-bgp/wire/arbitraries.ts'
import { sendable } from '../plugins/native-bgp/wire/sendable.ts'
import { must, type Case, type FuzzTarget } from './target.ts'
import { sessionVerdict } from './update-oracle.ts'

const context = { fourOctetAs: true, internal: true }
const sampling = { seed: 4271, numRuns: 400 }
const messages = fc.sample(message, sampling).map((one) => encode(one, context))

/** One message: whole, cut into a stream anyhow, and judged against the second opinion. */
const bgp: FuzzTarget = {
  name: 'BGP message',
  corpus: messages,
  take({ bytes, intact, salt }) {
    const frame = decodeFrame(bytes)
    if (salt % 16 === 0) sameInPieces(bytes, salt)
    if (frame.kind !== 'frame') {
      must(!intact, `a valid message is ${frame.kind}`)
      return false
    }
    const received = decode(frame, context)
    if (received.type === 'update') {
      const verdict = sessionVerdict(bytes.subarray(headerLength, frame.length))
      const resets = received.verdict.action === 'reset'
      must(!resets || verdict !== 'never', 'the session is dropped without need')
      must(resets || verdict !== 'must', 'an UPDATE whose fields do not add up is taken')
    }
    if (intact) sameWhenSentAgain(bytes)
    return sendable(received) !== undefined
  },
}

/** Only the path attributes are wrong, in an UPDATE that adds up: where sessions are dropped without need. */
const attributes: FuzzTarget = {
  name: 'BGP path attributes',
  corpus: messages.flatMap((bytes) => {
    const frame = decodeFrame(bytes)
    if (frame.kind !== 'frame' || frame.type !== messageType.update) return []
    const field = attributesOf(frame.body)
    return field.length === 0 ? [] : [field.slice()]
  }),
  take({ bytes, intact }) {
    const nlri = [24, 192, 0, 2]
    const body = Uint8Array.of(0, 0, bytes.length >>> 8, bytes.length, ...bytes, ...nlri)
    const received = decode({ kind: 'frame', type: messageType.update, body, length: 0 }, context)
    if (received.type !== 'update') return false
    const { action } = received.verdict
    must(action !== 'reset' || sessionVerdict(body) !== 'never', 'the session is dropped without need')
    must(!intact || action !== 'reset', 'a valid UPDATE ends the session')
    return action === 'accept'
  },
}

function attributesOf(body: Uint8Array): Uint8Array {
  const reader = new Reader(body)
  reader.bytes(reader.u16())
  return reader.bytes(reader.u16())
}

function sameInPieces(bytes: Uint8Array, salt: number): void {
  const at = salt % (bytes.length + 1)
  const kinds = (...pieces: readonly Uint8Array[]): string => {
    const framer = new Framer()
    const found: string[] = []
    for (const piece of pieces) {
      for (const frame of framer.push(piece)) {
        found.push(frame.kind === 'frame' ? `${frame.type}/${frame.length}` : 'reset')
        if (frame.kind === 'reset') return found.join()
      }
    }
    return found.join()
  }
  const [whole, pieces] = [kinds(bytes), kinds(bytes.subarray(0, at), bytes.subarray(at))]
  must(whole === pieces, `cut at ${at} it is ${pieces}, whole it is ${whole}`)
}

function sameWhenSentAgain(bytes: Uint8Array): void {
  const frame = decodeFrame(bytes)
  if (frame.kind !== 'frame') return
  const received = decode(frame, context)
  const again = sendable(received)
  if (again === undefined) must(frame.type === messageType.routeRefresh, 'a valid message is refused')
  else must(Buffer.from(encode(again, context)).equals(bytes), 'sent again it is another message')
}

const u8 = fc.integer({ min: 1, max: 255 })
const u32 = fc.integer({ min: 1, max: 0xffffffff })
const packets: fc.Arbitrary<ControlPacket> = fc.record({
  diagnostic: fc.integer({ min: 0, max: 31 }),
  state: fc.constantFrom('AdminDown', 'Down', 'Init', 'Up'),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMultiplier: u8,
  myDiscriminator: u32,
  yourDiscriminator: u32,
  desiredMinTx: u32,
  requiredMinRx: u32,
  requiredMinEchoRx: u32,
})

const bfd: FuzzTarget = {
  name: 'BFD control packet',
  corpus: fc.sample(packets, sampling).map(encodeControl),
  take({ bytes, intact }) {
    const packet = decodeControl(bytes)
    if (isPacketFault(packet)) {
      must(!intact, `a valid packet is ${packet}`)
      return false
    }
    must(packet.myDiscriminator !== 0 && packet.detectMultiplier !== 0, 'a packet nobody may send is taken')
    const again = encodeControl(packet)
    must(JSON.stringify(decodeControl(again)) === JSON.stringify(packet), 'sent again it is another packet')
    return true
  },
}

const [near, far] = ['192.0.2.1', '192.0.2.2'].map((text) => parseAddress(text) as Address) as [
  Address,
  Address,
]
const mac = Uint8Array.of(2, 0, 0, 0, 0, 1)

const echo: FuzzTarget = {
  name: 'BFD echo packet',
  corpus: [near, far].flatMap((address) =>
    [1, 77, 0xffffffff].map((discriminator) =>
      encodeEcho({ destination: mac, source: mac, address, discriminator, sequence: 7 }),
    ),
  ),
  take: ({ bytes }: Case) => decodeEcho(bytes, near) !== undefined,
}

export const bgpTargets: readonly FuzzTarget[] = [bgp, attributes, bfd, echo]
