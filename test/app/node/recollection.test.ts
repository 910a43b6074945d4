import { describe, expect, it } from 'vitest'

import { Recollection } from '#app/node/recollection.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Holder, ShutPath } from '#core/model/facts.ts'

const holder: Holder = { announcer: 'l2', address: parseAddress('192.0.2.1') as Address, node: 'a' }

function world() {
  const remembered = {
    held: [] as readonly Holder[],
    returns: new Map(),
    shut: [] as readonly ShutPath[],
  }
  const liveness = { returns: () => remembered.returns }
  const holders = { current: () => remembered.held }
  const shutPaths = { current: () => remembered.shut }
  return { remembered, liveness, holders, shutPaths, clock: new FakeClock() }
}

describe('what the members remember', () => {
  it('is no fact of an election that does not ask for it', () => {
    const { remembered, liveness, shutPaths, clock } = world()
    const recollection = new Recollection({ liveness, shutPaths, clock })
    expect(recollection.facts()).toEqual({ shutPaths: [] })
    expect(recollection.hasChanged()).toBe(false)
    remembered.held = [holder]
    expect(recollection.hasChanged()).toBe(false)
  })

  it('has changed when they tell of another holder or another return than the last decision knew', () => {
    const { remembered, ...deps } = world()
    const recollection = new Recollection(deps)
    expect(recollection.hasChanged()).toBe(true)
    recollection.facts()
    expect(recollection.hasChanged()).toBe(false)
    remembered.held = [holder]
    expect(recollection.hasChanged()).toBe(true)
    expect(recollection.facts().holders).toEqual([holder])
    remembered.shut = [{ address: holder.address, node: 'b', state: 'shut' }]
    expect(recollection.hasChanged()).toBe(true)
    expect(recollection.facts().shutPaths).toEqual(remembered.shut)
    remembered.returns = new Map()
    expect(recollection.hasChanged()).toBe(true)
    recollection.facts()
    expect(recollection.hasChanged()).toBe(false)
  })
})
