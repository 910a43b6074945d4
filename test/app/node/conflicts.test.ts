import { describe, expect, it } from 'vitest'

import { Conflicts, type Conflict } from '#app/node/conflicts.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'

const [vip, theirs] = ['203.0.113.1', '203.0.113.2'].map((text) => parseAddress(text) as Address) as [
  Address,
  Address,
]

function stranger(address: Address): Conflict {
  return { kind: 'conflict', address, hardwareAddress: '02:00:00:00:00:09', via: 'eth0', announcer: 'l2' }
}

function begin() {
  const clock = new FakeClock()
  let ended = 0
  const conflicts = new Conflicts(clock, () => ended++)
  return { clock, conflicts, ended: () => ended }
}

describe('strangers', () => {
  it('are kept for as long as they are reported, and their end is told', async () => {
    const { clock, conflicts, ended } = begin()
    conflicts.report(stranger(vip))
    await clock.advance(seconds(20))
    conflicts.report(stranger(vip))
    await clock.advance(seconds(20))
    expect(conflicts.all()).toEqual([stranger(vip)])
    expect(ended()).toBe(0)
    await clock.advance(seconds(6))
    expect(conflicts.all()).toEqual([])
    expect(ended()).toBe(1)
  })

  it('are forgotten with their address', () => {
    const { clock, conflicts } = begin()
    conflicts.report(stranger(vip))
    conflicts.report(stranger(theirs))
    conflicts.retain(() => new Set([theirs]))
    expect(conflicts.all()).toEqual([stranger(theirs)])
    expect(clock.pending()).toBe(1)
  })

  it('leave no timer behind', () => {
    const { clock, conflicts } = begin()
    conflicts.report(stranger(vip))
    conflicts.stop()
    expect(clock.pending()).toBe(0)
  })
})
