import { expect, it } from 'vitest'

import { Probation } from '#app/standalone/probation.ts'
import type { Outcome } from '#app/standalone/decider.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeLogger, FakeMetrics, type LogLine } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Quarantined } from '#core/model/facts.ts'
import { service } from './world.ts'

const address = (n: number): Address => `192.0.2.${n}` as Address
const names = ['a', 'b', 'c']

/** Three Services that are to get an address each. */
function outcome(): Outcome {
  const held = names.map((name, n) => [`default/${name}`, { pool: 'lan', addresses: [address(n)] }] as const)
  const services = names.map((name) => service(name))
  const node = { kind: 'Node', apiVersion: 'v1', metadata: { name: 'n' } }
  const facts = { services, nodes: [node], settings: {}, dead: new Set<string>() }
  const lan = { ref: 'L2Advertisement metallb-system/lan', announcer: 'l2', pools: ['lan'], options: {} }
  const advertisements = [{ ...lan, nodeSelectors: [], serviceSelectors: [] }]
  return { wanted: new Map(held), facts, parsed: { config: { advertisements } } } as unknown as Outcome
}

function begin() {
  const clock = new FakeClock()
  const metrics = new FakeMetrics()
  const lines: LogLine[] = []
  const taken: Omit<Quarantined, 'until'>[] = []
  const quarantine = { add: (found: Omit<Quarantined, 'until'>) => void taken.push(found) }
  const log = fakeLogger(lines)
  const probation = new Probation({ node: 'n', surveyors: ['l2'], quarantine, clock, metrics, log })
  const handedOut = (): readonly string[] => [...probation.admit(outcome(), new Map()).holdings.keys()]
  return { probation, clock, metrics, lines, taken, handedOut }
}

it('waits for nothing any more once another process allocates', async () => {
  const { probation, clock, metrics, lines, handedOut } = begin()
  expect(handedOut()).toEqual([])
  probation.stop()
  await clock.advance(seconds(10))
  expect(lines).toEqual([])
  expect(metrics.has('herald_candidates_total', { found: 'unasked' })).toBe(false)
})

it('waits for as long as words come, and hands out the rest when none has come for five seconds', async () => {
  const { probation, clock, metrics, lines, taken, handedOut } = begin()
  expect(handedOut()).toEqual([])
  for (const n of [0, 1]) {
    await clock.advance(seconds(4))
    probation.heard({ kind: 'candidate', address: address(n) })
  }
  expect(handedOut()).toEqual(['default/a', 'default/b'])
  await clock.advance(seconds(4))
  expect(handedOut()).toEqual(['default/a', 'default/b'])
  await clock.advance(seconds(2))
  expect(handedOut()).toEqual(['default/a', 'default/b', 'default/c'])
  expect(metrics.value('herald_candidates_total', { found: 'free' })).toBe(2)
  expect(metrics.value('herald_candidates_total', { found: 'unasked' })).toBe(1)
  expect(lines).toMatchObject([{ level: 'warn', fields: { address: address(2) } }])
  expect(taken).toEqual([])
})
