import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { mergeSources, type ManifestSet } from '#app/manifests/merge.ts'
import { Decider, type Outcome } from '#app/standalone/decider.ts'
import { withHeld } from '#app/standalone/facts.ts'
import type { Holdings } from '#app/standalone/term/term-file.ts'
import type { Written } from '#app/standalone/term/term-keeper.ts'
import { decide } from '#core/decide.ts'
import { DesiredBook } from '#core/desired.ts'
import { FakeMetrics } from '#core/fakes/fake-host.ts'
import { FactsBook } from '#core/incremental/facts-book.ts'
import type { Silence } from '#core/model/decisions.ts'
import type { Facts } from '#core/model/facts.ts'

import { change, cluster } from '../../core/incremental/cluster.ts'
import { facts, l2, node, service, settings, sha256 } from '../../core/selection/fixtures.ts'

const nobody: ReadonlySet<string> = new Set()
const pool: Facts['config'] = [
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'lan', namespace: 'metallb-system' },
    spec: { addresses: ['192.0.2.0/28'], autoAssign: true, avoidBuggyIPs: false },
  },
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'lan', namespace: 'metallb-system' },
    spec: {},
  },
]

function deciderFor(
  name: string,
  of: Facts['settings'] = settings,
): { decider: Decider; count: () => number } {
  let hashes = 0
  const counted = (text: string): string => {
    hashes++
    return sha256(text)
  }
  const took = new FakeMetrics().histogram({ name: 'took', help: '', labels: [] })
  const decider = new Decider({
    node: name,
    settings: of,
    sha256: counted,
    digest: sha256,
    seconds: () => 0,
    took,
  })
  return { decider, count: () => hashes }
}

function setOf({ config, services, nodes, endpointSlices }: Facts): ManifestSet {
  return {
    ...mergeSources([]),
    config,
    services,
    ...(nodes === undefined ? {} : { nodes }),
    ...(endpointSlices === undefined || endpointSlices.length === 0 ? {} : { endpointSlices }),
  }
}

function written(services: Holdings = new Map()): Written {
  return { term: 1, holder: { node: 'n0', boot: 'b' }, services }
}

/** What the winner was better in is told anew only where another one wins: see OwnPart. */
function withoutMerit(silence: Silence): Silence {
  return silence.reason === 'NotElected' ? { ...silence, message: '' } : silence
}

/** What one node needs to know, decided from scratch; how an address was found, and from how many, does not count. */
function fromScratch(outcome: Outcome, held: Holdings, name: string): unknown {
  const { facts } = outcome
  const whole = decide({ ...facts, services: facts.services.map((one) => withHeld(one, held)) })
  return {
    assignments: whole.assignments.map(({ service, pool, addresses }) => ({ service, pool, addresses })),
    announcements: whole.announcements
      .filter(({ nodes }) => nodes.includes(name))
      .map((one) => ({ ...one, nodes: [name] })),
    owners: whole.elections.map(({ service, announcer, winner, reason }) => ({
      service,
      announcer,
      winner,
      reason,
    })),
    silences: whole.silences.filter((one) => one.node === name).map(withoutMerit),
    pools: whole.pools,
    assumptions: whole.assumptions,
  }
}

function incrementally({ decisions }: Outcome): unknown {
  return {
    assignments: decisions.assignments.map(({ service, pool, addresses }) => ({ service, pool, addresses })),
    announcements: decisions.announcements,
    owners: decisions.owners.map(({ service, announcer, winner, reason }) => ({
      service,
      announcer,
      winner,
      reason,
    })),
    silences: decisions.silences.map(withoutMerit),
    pools: decisions.pools,
    assumptions: decisions.assumptions,
  }
}

describe('the decider of a process', { timeout: 60_000 }, () => {
  it('comes to what decide() comes to from scratch, after any sequence of edits, once they are written down', () => {
    const edits = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
    fc.assert(
      fc.property(cluster, edits, (start, edits) => {
        const of: Facts['settings'] = { ...start.settings, election: 'hash' }
        const { decider } = deciderFor('n1', of)
        const book = new FactsBook({ ...start, nodes: start.nodes ?? [] })
        let held: Holdings = new Map()
        for (const changes of [[], ...edits]) {
          for (const one of changes) book.note(one)
          const now = book.facts()
          held = decider.decide(setOf(now), written(held), now.dead).wanted
          const outcome = decider.decide(setOf(now), written(held), now.dead)
          expect(outcome.wanted).toBe(held)
          expect(incrementally(outcome)).toEqual(fromScratch(outcome, held, 'n1'))
        }
      }),
      { numRuns: 80 },
    )
  })

  it('follows what another process has written down, whatever it would have done itself', () => {
    const { decider } = deciderFor('a')
    const start = facts({ config: pool, nodes: [node('a')], services: [service('x'), service('y')] })
    const first = decider.decide(setOf(start), written(), nobody)
    expect([...first.wanted.values()].map(({ addresses }) => addresses)).toEqual([
      ['192.0.2.0'],
      ['192.0.2.1'],
    ])
    expect(first.decisions.assignments.map(({ reason }) => reason)).toEqual(
      Array(2).fill('AwaitingAllocator'),
    )
    const swapped: Holdings = new Map([
      ['default/x', first.wanted.get('default/y')!],
      ['default/y', first.wanted.get('default/x')!],
    ])
    const { decisions, wanted } = decider.decide(setOf(start), written(swapped), nobody)
    expect(wanted).toEqual(swapped)
    expect(decisions.announcements.map(({ service, address }) => [service, address])).toEqual([
      ['default/x', '192.0.2.1'],
      ['default/y', '192.0.2.0'],
    ])
  })

  it('keeps an address that is written down when its pool goes and comes back unnoticed by the one that allocates', () => {
    const { decider } = deciderFor('a')
    const start = facts({ config: pool, nodes: [node('a')], services: [service('x'), service('y')] })
    const first = decider.decide(setOf(start), written(), nobody)
    const held: Holdings = new Map([['default/x', first.wanted.get('default/y')!]])
    decider.decide(setOf({ ...start, services: [service('x')] }), written(held), nobody)
    decider.decide(setOf({ ...start, config: [], services: [service('x')] }), written(held), nobody)
    const { decisions } = decider.decide(setOf({ ...start, services: [service('x')] }), written(held), nobody)
    expect(decisions.announcements).toMatchObject([{ service: 'default/x', address: '192.0.2.1' }])
  })

  it('a new Service costs its own hashes, and leaves what others are told the very same objects', () => {
    const nodes = Array.from({ length: 10 }, (_, index) => node(`n${index}`))
    const services = Array.from({ length: 12 }, (_, index) => service(`s${index}`))
    const { decider, count } = deciderFor('n0', { ...settings, announcers: [l2] })
    const start = facts({ config: pool, nodes, services })
    const { wanted } = decider.decide(setOf(start), written(), nobody)
    const before = decider.decide(setOf(start), written(wanted), nobody)
    const spent = count()
    const more = { ...start, services: [...services, service('extra')] }
    const asked = decider.decide(setOf(more), written(wanted), nobody)
    const after = decider.decide(setOf(more), written(asked.wanted), nobody)
    expect(count() - spent).toBe(10)
    const book = new DesiredBook({ node: 'n0', announcer: 'l2' })
    const old = book.desired(before.decisions, before.facts, before.parsed.config).targets
    const now = book.desired(after.decisions, after.facts, after.parsed.config).targets
    expect(old.length).toBeGreaterThan(0)
    for (const target of old) expect(now.find(({ address }) => address === target.address)).toBe(target)
    for (const assignment of before.decisions.assignments)
      expect(after.decisions.assignments).toContain(assignment)
  })

  it('a dead node costs no hash, and only its addresses change hands', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name))
    const services = Array.from({ length: 12 }, (_, index) => service(`s${index}`))
    const { decider, count } = deciderFor('a')
    const set = setOf(facts({ config: pool, nodes, services }))
    const { wanted } = decider.decide(set, written(), nobody)
    const before = decider.decide(set, written(wanted), nobody).decisions.owners
    const spent = count()
    const after = decider.decide(set, written(wanted), new Set(['b'])).decisions.owners
    expect(count()).toBe(spent)
    expect(before.some(({ winner }) => winner === 'b')).toBe(true)
    expect(after.some(({ winner }) => winner === 'b')).toBe(false)
    for (const [index, owner] of before.entries()) if (owner.winner !== 'b') expect(after[index]).toBe(owner)
  })
})
