import * as fc from 'fast-check'

import type { ControlPacket } from '#plugins/native-bgp/bfd/wire/control-packet.ts'

/** From a side that is up, sends every 50 ms and takes packets every 100 ms. */
export const upPacket: ControlPacket = {
  diagnostic: 0,
  state: 'Up',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 0x0a0b0c0d,
  yourDiscriminator: 0x01020304,
  desiredMinTx: 50_000,
  requiredMinRx: 100_000,
  requiredMinEchoRx: 0,
}

const word = (min: number): fc.Arbitrary<number> => fc.integer({ min, max: 0xffffffff })

/** Valid ones. */
export const controlPackets: fc.Arbitrary<ControlPacket> = fc.record({
  diagnostic: fc.integer({ min: 0, max: 31 }),
  state: fc.constantFrom('AdminDown', 'Down', 'Init', 'Up'),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMultiplier: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: word(1),
  yourDiscriminator: word(1),
  desiredMinTx: word(0),
  requiredMinRx: word(0),
  requiredMinEchoRx: word(0),
})
