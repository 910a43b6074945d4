/* Many members in virtual time: what they believe of each other, whatever the network does. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { profiles } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import { namesOf, VirtualNetwork } from './virtual-network.ts'

const vip = '192.0.2.10' as Address
const { deadAfter } = profiles.default

const worlds = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  count: fc.integer({ min: 2, max: 9 }),
  delay: fc.integer({ min: 0, max: 5 }),
})

function started(
  count: number,
  options: { seed?: number; delay?: number; loss?: number } = {},
): VirtualNetwork {
  const names = namesOf(count)
  const network = new VirtualNetwork(names, options)
  network.boot(...names)
  network.run(600)
  return network
}

function believesAllAlive(network: VirtualNetwork, names: readonly string[]): boolean {
  return names.every((name) => network.aliveAccordingTo(name).length === names.length)
}

describe('members that beat', () => {
  it('agree that all are alive, and stay agreed at 2 % loss', () => {
    fc.assert(
      fc.property(worlds, ({ seed, count, delay }) => {
        const network = started(count, { seed, delay, loss: 0.02 })
        const names = namesOf(count)
        network.run(2000, () => expect(believesAllAlive(network, names)).toBe(true))
      }),
      { numRuns: 6 },
    )
  })

  it('all miss a killed one within the threshold, a beat and the confirmation, and no other', () => {
    fc.assert(
      fc.property(worlds, fc.nat(), ({ seed, count, delay }, pick) => {
        const network = started(count, { seed, delay, loss: 0.02 })
        const names = namesOf(count)
        const victim = names[pick % count]!
        network.kill(victim)
        network.run(deadAfter + 25 + 2 * 20 + 4 * delay + 5)
        const others = names.filter((name) => name !== victim)
        for (const name of others) expect(network.aliveAccordingTo(name)).toEqual(others)
      }),
      { numRuns: 12 },
    )
  })

  it('miss a killed one a few round trips after the threshold, when nothing is lost', () => {
    const network = started(10, { delay: 1 })
    const [victim = '', ...others] = namesOf(10)
    network.kill(victim)
    // A beat under way, and the ways of the question, the answer, perhaps of a second question, and of the news.
    network.run(deadAfter + 1 + 5)
    for (const name of others) expect(network.aliveAccordingTo(name)).toEqual(others)
  })

  it('never mistake pauses of 250 ms for a death, at 2 % loss', () => {
    fc.assert(
      fc.property(worlds, fc.array(fc.nat(), { minLength: 2, maxLength: 4 }), ({ seed, count }, picks) => {
        const network = started(count, { seed, delay: 1, loss: 0.02 })
        const names = namesOf(count)
        for (const pick of picks) {
          network.pause(names[pick % count]!, 250)
          network.run(400, () => {
            for (const name of names)
              if (network.maySend(name)) expect(network.aliveAccordingTo(name)).toEqual(names)
          })
        }
      }),
      { numRuns: 8 },
    )
  })

  it('count alike how often one came back, itself included', () => {
    const troubles = fc.array(fc.constantFrom('crash', 'freeze'), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(worlds, troubles, fc.nat(), ({ seed, count, delay }, troubles, pick) => {
        const network = started(count + 1, { seed, delay, loss: 0.02 })
        const names = namesOf(count + 1)
        const victim = names[pick % names.length]!
        for (const trouble of troubles) {
          if (trouble === 'crash') network.kill(victim)
          else network.pause(victim, 1000)
          network.run(1500)
          if (trouble === 'crash') network.boot(victim)
          network.run(1500)
        }
        for (const name of names) {
          const { returns } = network.state(name)
          expect([...returns].map(([node, at]) => [node, at.length])).toEqual([[victim, troubles.length]])
        }
      }),
      { numRuns: 8 },
    )
  })

  it('welcome a restarted one at once, although its old life is still believed', () => {
    const network = started(4)
    const names = namesOf(4)
    network.boot(names[1]!)
    network.run(60)
    expect(believesAllAlive(network, names)).toBe(true)
  })

  it('send as many datagrams a second in a large cluster as in a small one', () => {
    const rateOf = (count: number): number => {
      const network = started(count)
      const before = network.sent
      network.run(1000)
      return (network.sent - before) / count
    }
    expect(rateOf(20)).toBeLessThan(rateOf(10) * 1.1)
    expect(rateOf(20)).toBeLessThan(210)
  })

  it('notice when all watchers die together with whom they watch', () => {
    const names = namesOf(16)
    const network = started(16)
    const dead = names.slice(3, 12)
    for (const name of dead) network.kill(name)
    network.run(4 * deadAfter)
    const alive = names.filter((name) => !dead.includes(name))
    for (const name of alive) expect(network.aliveAccordingTo(name)).toEqual(alive)
  })
})

describe('a node whose listening ends', () => {
  it('may speak from that event on, also when it is time for a beat', () => {
    const names = namesOf(3)
    const network = new VirtualNetwork(names)
    // The third never comes, so that the two listen for the whole threshold, which is a multiple of the beat.
    network.boot(names[0]!, names[1]!)
    network.run(2 * deadAfter, () => {
      for (const name of names.slice(0, 2))
        expect(network.maySend(name)).toBe(network.state(name).phase.at === 'active')
    })
    expect(network.maySend(names[0]!)).toBe(true)
  })
})

describe('a bad path between one pair', () => {
  it('makes nobody dead: others hear both', () => {
    const names = namesOf(6)
    const network = started(6)
    network.passes = (from, to) => !(from === names[0] && to === names[1])
    network.run(3000, () => expect(believesAllAlive(network, names)).toBe(true))
  })
})

describe('a node that hears nobody, while all hear it', () => {
  it('makes nobody doubt himself: that it counts the others as dead says something of it alone', () => {
    const names = namesOf(5)
    const network = started(5)
    network.passes = (_, to) => to !== names[0]
    network.run(4 * deadAfter)
    expect(network.told.filter(({ effect }) => effect.type === 'accused')).toEqual([])
  })

  it('is not relied on any more, and what it claims then counts for nobody', () => {
    const names = namesOf(5)
    const network = started(5)
    network.claim(names[1]!, { address: vip, counter: 1, state: 'held' })
    network.passes = (_, to) => to !== names[0]
    network.run(3 * deadAfter)
    expect(network.aliveAccordingTo(names[2]!)).not.toContain(names[0])
    network.claim(names[0]!, { address: vip, counter: 9, state: 'held' })
    network.run(100)
    expect(network.holds(names[1]!, vip)).toBe(true)
    network.passes = () => true
    network.run(200)
    expect(believesAllAlive(network, names)).toBe(true)
    expect(network.holds(names[1]!, vip)).toBe(false)
  })
})

describe('a partition', () => {
  it('leaves each side with a picture of its own, and heals into one within 100 ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 4, max: 10 }), (seed, count) => {
        const names = namesOf(count)
        const network = started(count, { seed })
        const left = new Set(names.filter((_, index) => index % 2 === 0))
        network.passes = (from, to) => left.has(from) === left.has(to)
        network.run(6 * deadAfter)
        for (const name of names)
          expect(network.aliveAccordingTo(name)).toEqual(
            names.filter((other) => left.has(other) === left.has(name)),
          )
        network.passes = () => true
        network.run(100)
        expect(believesAllAlive(network, names)).toBe(true)
      }),
      { numRuns: 5 },
    )
  })

  it('ends with one holder of an address, 100 ms after it healed', () => {
    const names = namesOf(6)
    const network = started(6)
    const left = new Set(names.slice(0, 3))
    network.passes = (from, to) => left.has(from) === left.has(to)
    network.run(6 * deadAfter)
    network.claim(names[0]!, { address: vip, counter: 4, state: 'held' })
    network.claim(names[4]!, { address: vip, counter: 4, state: 'held' })
    network.passes = () => true
    network.run(100)
    expect(names.filter((name) => network.holds(name, vip))).toEqual([names[4]])
  })

  it('silences the smaller part under the majority policy, at half the one without the first name', () => {
    const names = namesOf(4)
    const network = new VirtualNetwork(names, { policy: 'majority' })
    network.boot(...names)
    network.run(600)
    const left = new Set(names.slice(0, 2))
    network.passes = (from, to) => left.has(from) === left.has(to)
    network.run(6 * deadAfter)
    expect(names.filter((name) => network.maySend(name))).toEqual([names[0], names[1]])
  })
})

describe('a process that stood still for ten seconds', () => {
  it('says nothing before it has heard that its address is another’s', () => {
    const names = namesOf(5)
    const network = started(5)
    network.claim(names[0]!, { address: vip, counter: 1, state: 'held' })
    network.run(50)
    network.pause(names[0]!, 10_000)
    network.run(1000)
    network.claim(names[1]!, { address: vip, counter: 2, state: 'held' })
    network.run(9200, () => {
      if (network.holds(names[0]!, vip)) expect(network.maySend(names[0]!)).toBe(false)
    })
    expect(network.holds(names[0]!, vip)).toBe(false)
    expect(network.maySend(names[0]!)).toBe(true)
  })
})
