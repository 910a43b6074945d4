import { describe, expect, it } from 'vitest'

import { fenceOver, type Grant, type Target } from '#core/announcer.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { FenceWatch, type FenceEvents } from '#core/runtime/fence-watch.ts'

const a = parseAddress('192.0.2.1') as Address
const b = parseAddress('192.0.2.2') as Address

function watching(): { clock: FakeClock; grants: GrantBook; events: FenceEvents[]; watch: FenceWatch } {
  const clock = new FakeClock()
  const grants = new GrantBook({ node: 'node-a', slots: 8 })
  const events: FenceEvents[] = []
  const fence = fenceOver(grants.fence.memory)
  return {
    clock,
    grants,
    events,
    watch: new FenceWatch({ fence, clock, changed: (event) => events.push(event) }),
  }
}

const target = (address: Address, grant?: Grant): Target => ({
  address,
  services: [],
  offers: [],
  stage: 'serve',
  ...(grant && { grant }),
})

describe('watching the fence', () => {
  it('tells of a closed grant within 20 ms, once', async () => {
    const { clock, grants, events, watch } = watching()
    watch.watch([target(a, grants.grant(a)), target(b, grants.grant(b))])
    grants.revoke(a)
    await clock.advance(milliseconds(20))
    expect(events).toEqual([{ closed: [a], opened: [] }])
    await clock.advance(milliseconds(1000))
    expect(events).toHaveLength(1)
  })

  it('tells when the same grant is permitted again', async () => {
    const { clock, grants, events, watch } = watching()
    const targets = [target(a, grants.grant(a))]
    watch.watch(targets)
    grants.suspend()
    await clock.advance(milliseconds(20))
    watch.watch(targets)
    grants.resume()
    await clock.advance(milliseconds(20))
    expect(events).toEqual([
      { closed: [a], opened: [] },
      { closed: [], opened: [a] },
    ])
  })

  it('tells at once of a grant that is closed already', () => {
    const { grants, events, watch } = watching()
    const grant = grants.grant(a)
    grants.revoke(a)
    watch.watch([target(a, grant)])
    expect(events).toEqual([{ closed: [a], opened: [] }])
  })

  it('rests while nothing has a grant, and when it is stopped', async () => {
    const { clock, grants, watch } = watching()
    watch.watch([target(a)])
    expect(clock.pending()).toBe(0)
    watch.watch([target(a, grants.grant(a))])
    expect(clock.pending()).toBe(1)
    watch.stop()
    expect(clock.pending()).toBe(0)
  })
})
