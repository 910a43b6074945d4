import { expect, it } from 'vitest'

import { Probation } from '#app/standalone/probation.ts'
import type { Outcome } from '#app/standalone/decider.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeLogger, FakeMetrics, type LogLine } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { Holdings } from '#app/standalone/term/term-file.ts'
import { service } from './world.ts'

const address = (n: number): Address => `192.0.2.${n}` as Address
const names = ['a', 'b', 'c']

type Held = Readonly<Record<string, number>>
/** Three Services that are to get an address each. */
const each: Held = { a: 0, b: 1, c: 2 }

function holdings(held: Held): Holdings {
  const entries = Object.entries(held)
  return new Map(entries.map(([name, n]) => [`default/${name}`, { pool: 'lan', addresses: [address(n)] }]))
}

function outcome(held: Held): Outcome {
  const services = names.map((name) => service(name))
  const node = { kind: 'Node', apiVersion: 'v1', metadata: { name: 'n' } }
  const facts = { services, nodes: [node], settings: {}, dead: new Set<string>() }
  const lan = { ref: 'L2Advertisement metallb-system/lan', announcer: 'l2', pools: ['lan'], options: {} }
  const advertisements = [{ ...lan, nodeSelectors: [], serviceSelectors: [] }]
  return { wanted: holdings(held), facts, parsed: { config: { advertisements } } } as unknown as Outcome
}

function begin() {
  const clock = new FakeClock()
  const metrics = new FakeMetrics()
  const lines: LogLine[] = []
  const taken: Omit<Quarantined, 'until'>[] = []
  const quarantine = { add: (found: Omit<Quarantined, 'until'>) => void taken.push(found) }
  const log = fakeLogger(lines)
  const probation = new Probation({ node: 'n', surveyors: ['l2'], quarantine, clock, metrics, log })
  const admit = (held: Held, written: Held): Holdings =>
    probation.admit(outcome(held), holdings(written)).holdings
  const handedOut = (): readonly string[] => [...admit(each, {}).keys()]
  const ask = (held: Held, written: Held): ReadonlyMap<Address, string> => {
    const { candidates } = probation.admit(outcome(held), holdings(written))
    return new Map((candidates.get('l2') ?? []).map(({ address, question }) => [address, question]))
  }
  const heard = (n: number, about = ask(each, {})): void => {
    const question = about.get(address(n)) ?? ''
    probation.heard({ kind: 'candidate', address: address(n), question })
  }
  return { probation, clock, metrics, lines, taken, admit, handedOut, ask, heard }
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
  const { clock, metrics, lines, taken, handedOut, heard } = begin()
  expect(handedOut()).toEqual([])
  for (const n of [0, 1]) {
    await clock.advance(seconds(4))
    heard(n)
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

it('lets nobody have an address whose holder waits for another one', () => {
  const { admit, ask, heard } = begin()
  const written = { a: 0, b: 1 }
  const wanted = { a: 5, b: 0, c: 1 }
  expect(admit(wanted, written)).toEqual(holdings(written))
  heard(5, ask(wanted, written))
  expect(admit(wanted, written)).toEqual(holdings(wanted))
})

it('says who waits for an answer, and who for the address of another one', () => {
  const { probation, ask, heard } = begin()
  const written = { a: 0 }
  const wanted = { a: 5, b: 0, c: 6 }
  heard(6, ask(wanted, written))
  const pending = () => probation.admit(outcome(wanted), holdings(written)).pending
  expect([...pending()]).toEqual([
    ['default/a', { kind: 'asked', addresses: [address(5)] }],
    ['default/b', { kind: 'kept', address: address(0), by: 'default/a' }],
  ])
  heard(5, ask(wanted, written))
  expect(pending().size).toBe(0)
})

it('names of two addresses only the one that is still asked about', () => {
  const { probation } = begin()
  const some = [address(0), address(1)]
  const wanted = new Map([['default/a', { pool: 'lan', addresses: some }]])
  const admit = () => probation.admit({ ...outcome({}), wanted }, new Map())
  const [question] = (admit().candidates.get('l2') ?? []).flatMap((one) =>
    one.address === some[0] ? one : [],
  )
  probation.heard({ kind: 'candidate', address: address(0), question: question?.question ?? '' })
  expect([...admit().pending.values()]).toEqual([{ kind: 'asked', addresses: [address(1)] }])
})

it('asks anew about what was found free before another process allocated', () => {
  const { probation, handedOut, heard } = begin()
  expect(handedOut()).toEqual([])
  for (const n of [0, 1, 2]) heard(n)
  probation.stop()
  expect(handedOut()).toEqual([])
})

it('puts another question about an address that is a candidate again, and heeds no answer to the first', () => {
  const { ask, heard, admit, metrics } = begin()
  const first = ask(each, {})
  heard(0, first)
  ask({}, {})
  const second = ask(each, {})
  expect(second.get(address(0))).not.toBe(first.get(address(0)))
  heard(0, first)
  expect(admit({ a: 0 }, {})).toEqual(holdings({}))
  heard(0, second)
  expect(admit({ a: 0 }, {})).toEqual(holdings({ a: 0 }))
  expect(metrics.value('herald_candidates_total', { found: 'free' })).toBe(2)
})
