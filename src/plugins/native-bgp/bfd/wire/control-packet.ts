/*
 *  0                   1                   2                   3      RFC 5880 §4.1
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       My Discriminator                        |
 * |                      Your Discriminator                       |
 * |                    Desired Min TX Interval                    |
 * |                   Required Min RX Interval                    |
 * |                 Required Min Echo RX Interval                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'

import { stateCode, stateNames, version, type StateName } from './iana.ts'

/** A span of time in microseconds, as packets carry it: a whole number below 2³². */
export type Micros = number

export interface ControlPacket {
  readonly diagnostic: number
  readonly state: StateName
  readonly poll: boolean
  readonly final: boolean
  readonly controlPlaneIndependent: boolean
  readonly demand: boolean
  /** 1 … 255. */
  readonly detectMultiplier: number
  /** Never 0. */
  readonly myDiscriminator: number
  /** 0 while the sender does not know it. */
  readonly yourDiscriminator: number
  readonly desiredMinTx: Micros
  /** 0: wants no periodic packets. */
  readonly requiredMinRx: Micros
  /** 0: returns no echo packets. */
  readonly requiredMinEchoRx: Micros
}

/** Why a packet is discarded unread (RFC 5880 §6.8.6). */
export type PacketFault =
  | 'WrongVersion'
  | 'BadLength'
  | 'ZeroDetectMultiplier'
  | 'Multipoint'
  | 'ZeroDiscriminator'
  | 'NoYourDiscriminator'
  | 'Authenticated'

const length = 24
const flag = {
  poll: 0x20,
  final: 0x10,
  independent: 0x08,
  authentication: 0x04,
  demand: 0x02,
  multipoint: 0x01,
}

export function encodeControl(packet: ControlPacket): Uint8Array {
  const flags =
    (packet.poll ? flag.poll : 0) |
    (packet.final ? flag.final : 0) |
    (packet.controlPlaneIndependent ? flag.independent : 0) |
    (packet.demand ? flag.demand : 0)
  return new Writer(length)
    .u8((version << 5) | packet.diagnostic)
    .u8((stateCode[packet.state] << 6) | flags)
    .u8(packet.detectMultiplier)
    .u8(length)
    .u32(packet.myDiscriminator)
    .u32(packet.yourDiscriminator)
    .u32(packet.desiredMinTx)
    .u32(packet.requiredMinRx)
    .u32(packet.requiredMinEchoRx)
    .take()
}

export function decodeControl(bytes: Uint8Array): ControlPacket | PacketFault {
  const reader = new Reader(bytes)
  const first = reader.u8()
  const second = reader.u8()
  const detectMultiplier = reader.u8()
  const said = reader.u8()
  if (first >>> 5 !== version) return 'WrongVersion'
  if (said < length || said > bytes.length) return 'BadLength'
  // No session of ours uses authentication, so a packet that does is none of it.
  if ((second & flag.authentication) !== 0) return 'Authenticated'
  if (detectMultiplier === 0) return 'ZeroDetectMultiplier'
  if ((second & flag.multipoint) !== 0) return 'Multipoint'
  const packet: ControlPacket = {
    diagnostic: first & 0x1f,
    state: stateNames[second >>> 6] ?? 'Down',
    poll: (second & flag.poll) !== 0,
    final: (second & flag.final) !== 0,
    controlPlaneIndependent: (second & flag.independent) !== 0,
    demand: (second & flag.demand) !== 0,
    detectMultiplier,
    myDiscriminator: reader.u32(),
    yourDiscriminator: reader.u32(),
    desiredMinTx: reader.u32(),
    requiredMinRx: reader.u32(),
    requiredMinEchoRx: reader.u32(),
  }
  return fault(packet) ?? packet
}

export function isPacketFault(value: ControlPacket | PacketFault): value is PacketFault {
  return typeof value === 'string'
}

function fault({ myDiscriminator, yourDiscriminator, state }: ControlPacket): PacketFault | undefined {
  if (myDiscriminator === 0) return 'ZeroDiscriminator'
  if (yourDiscriminator === 0 && state !== 'Down' && state !== 'AdminDown') return 'NoYourDiscriminator'
  return undefined
}
