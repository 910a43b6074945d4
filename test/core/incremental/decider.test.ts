import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { FollowedAllocation } from '#core/allocation-from-status.ts'
import { decide } from '#core/decide.ts'
import { IncrementalDecider, type ServiceDecisions } from '#core/incremental/decider.ts'
import type { FactChange } from '#core/incremental/fact-change.ts'
import { FactsBook } from '#core/incremental/facts-book.ts'
import type { Decisions } from '#core/model/decisions.ts'
import type { Facts } from '#core/model/facts.ts'
import { nameOf, type ServiceObject } from '#core/model/objects.ts'
import { holdersOf } from '#core/plan/what-if.ts'
import { same } from '#core/model/same.ts'

import { facts, node, service, settings, slice } from '../selection/fixtures.ts'
import { change, cluster } from './cluster.ts'

/** The facts after the changes, with the addresses that are held in the statuses: what a restart would see. */
function restarted(book: FactsBook, { assignments }: Decisions): Facts {
  const held = new Map(assignments.map(({ service, addresses }) => [service, addresses]))
  const now = book.facts()
  const services = now.services.map((object) => {
    const ingress = (held.get(nameOf(object)) ?? []).map((ip) => ({ ip }))
    return { ...object, status: { loadBalancer: { ingress } } }
  })
  return { ...now, services }
}

/** That an address was kept rather than found is the one thing a restart forgets. */
function comparable(decisions: Decisions): unknown {
  const assignments = decisions.assignments.map(({ service, pool, addresses }) => ({
    service,
    pool,
    addresses,
  }))
  return { ...decisions, assignments }
}

function textOf(decider: IncrementalDecider, service: string): string {
  return JSON.stringify(decider.of(service)) ?? ''
}

/** Conflicts name no node, so those of one node are only some of all. */
function partOn(decided: ServiceDecisions | undefined, node: string): unknown {
  return (
    decided && {
      assignment: decided.assignment,
      announcements: decided.announcements
        .filter(({ nodes }) => nodes.includes(node))
        .map((announcement) => ({ ...announcement, nodes: [node] })),
      elections: decided.elections.map((election) => ({ ...election, ranking: undefined })),
      silences: decided.silences.filter((silence) => silence.node === node),
    }
  )
}

describe('the incremental decider', { timeout: 60_000 }, () => {
  it.each([
    ['holders that come and go as they like', false],
    ['the winners as the holders of what follows', true],
  ])('comes to what decide() comes to from scratch, after any sequence of edits, with %s', (_, feedback) => {
    const edits = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
    fc.assert(
      fc.property(cluster, edits, (start, edits) => {
        const decider = new IncrementalDecider(start)
        const book = new FactsBook(start)
        for (const changes of [[], ...edits]) {
          decider.apply(changes)
          for (const change of changes) book.note(change)
          const decisions = decider.decisions()
          const expected = comparable(decide(restarted(book, decisions)))
          // The matcher is slow, and only its report of a difference is wanted.
          if (!same(comparable(decisions), expected)) expect(comparable(decisions)).toEqual(expected)
          if (!feedback) continue
          const held: FactChange = { kind: 'holders', holders: holdersOf(decisions) }
          decider.apply([held])
          book.note(held)
        }
      }),
      { numRuns: 80 },
    )
  })

  it('tells of one node exactly what it tells of that node among all', () => {
    fc.assert(
      fc.property(cluster, (start) => {
        const decider = new IncrementalDecider(start)
        for (const { metadata } of start.nodes ?? [])
          for (const service of start.services) {
            const [whole, own] = [undefined, { rankings: false, node: metadata.name }].map((detail) =>
              decider.of(nameOf(service), detail),
            )
            expect(partOn(own, metadata.name)).toEqual(partOn(whole, metadata.name))
          }
      }),
      { numRuns: 60 },
    )
  })

  it('names every Service whose decisions changed, and every address that changed hands', () => {
    fc.assert(
      fc.property(cluster, fc.array(change, { maxLength: 8 }), (start, edits) => {
        const decider = new IncrementalDecider(start)
        for (const change of edits) {
          const before = decider.decisions()
          const names = new Set(before.assignments.map(({ service }) => service))
          const texts = new Map([...names].map((name) => [name, textOf(decider, name)]))
          const delta = decider.apply([change])
          const after = decider.decisions()
          expect(new Set(delta.moves.map(({ address, from, to }) => `${address} ${from} ${to}`))).toEqual(
            ownerChanges(before, after),
          )
          if (delta.everything || delta.nodes.size > 0) continue
          for (const { service } of after.assignments) {
            if (texts.get(service) !== textOf(decider, service)) expect(delta.services).toContain(service)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('an address has no owner of its own once its Service is joined to the group of another', () => {
    const of = (name: string, port: number, spec: ServiceObject['spec']): ServiceObject => {
      const object = service(name, {
        annotations: { 'metallb.io/allow-shared-ip': 'key' },
        policy: 'Local',
      })
      return { ...object, spec: { ...object.spec, ports: [{ protocol: 'TCP', port }], ...spec } }
    }
    const dual = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' as const }
    // The first has the lowest address, which the second joins when they come to share the IPv6 one.
    const services = [of('a', 443, { ipFamilies: ['IPv4'] }), of('b', 443, dual)]
    const decider = new IncrementalDecider(facts({ config: pool, nodes: [node('n')], services }))
    const { moves } = decider.apply([{ kind: 'service', name: 'default/a', object: of('a', 80, dual) }])
    const addresses = decider.decisions().elections.map(({ address }) => address)
    expect(addresses).toEqual(['192.0.2.0', '192.0.2.0'])
    expect(moves).toEqual([{ announcer: 'l2', address: '192.0.2.1', from: 'n' }])
  })

  it('a holder gives way to a node that returns and can serve more of the Services that share the address', () => {
    const local = { annotations: { 'metallb.io/allow-shared-ip': 'key' }, policy: 'Local' as const }
    const [tcp, udp] = [service('tcp', local), service('udp', local)]
    const ports = (protocol: string): { ports: { protocol: string; port: number }[] } => ({
      ports: [{ protocol, port: 53 }],
    })
    const start = facts({
      config: pool,
      nodes: [node('a'), node('b')],
      services: [
        { ...tcp, spec: { ...tcp.spec, ...ports('TCP') } },
        { ...udp, spec: { ...udp.spec, ...ports('UDP') } },
      ],
      endpointSlices: [slice('tcp', ['a', 'b']), slice('udp', ['b'])],
      settings: { ...settings, election: 'stable' },
      dead: new Set(['b']),
    })
    const decider = new IncrementalDecider(start)
    decider.apply([{ kind: 'holders', holders: holdersOf(decider.decisions()) }])
    const { moves } = decider.apply([{ kind: 'dead', nodes: new Set() }])
    expect(moves).toEqual([{ announcer: 'l2', address: '192.0.2.0', from: 'a', to: 'b' }])
  })

  it('follows the statuses where another process allocates', () => {
    const object = service('web')
    const start = facts({ config: pool, nodes: [node('a')], services: [object], settings })
    const decider = new IncrementalDecider(start, new FollowedAllocation())
    expect(decider.of('default/web')?.assignment).toMatchObject({ addresses: [], reason: 'NoAddress' })
    const held = { ...object, status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } } }
    const delta = decider.apply([{ kind: 'service', name: 'default/web', object: held }])
    expect(delta.moves).toEqual([{ announcer: 'l2', address: '192.0.2.7', to: 'a' }])
    expect(decider.of('default/web')?.announcements).toMatchObject([{ address: '192.0.2.7', nodes: ['a'] }])
    const stray = { ...object, status: { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } } }
    decider.apply([{ kind: 'service', name: 'default/web', object: stray }])
    expect(decider.of('default/web')).toMatchObject({
      assignment: { addresses: ['198.51.100.1'], reason: 'AddressNotInPool' },
      unannounced: { reason: 'AddressOutsidePools' },
    })
  })

  it('hashes once per node and address, and only what a change touches', () => {
    let hashes = 0
    const nodes = Array.from({ length: 10 }, (_, index) => node(`n${index}`))
    const services = Array.from({ length: 50 }, (_, index) => service(`s${index}`))
    const start = facts({ config: pool, nodes, services, settings })
    const counted = {
      ...start,
      sha256: (text: string) => {
        hashes++
        return start.sha256(text)
      },
    }
    const decider = new IncrementalDecider(counted)
    const cost = (changes: FactChange[]): number => {
      const before = hashes
      decider.apply(changes)
      return hashes - before
    }
    expect(hashes).toBe(500)
    expect(cost([{ kind: 'dead', nodes: new Set(['n3']) }])).toBe(0)
    expect(cost([{ kind: 'dead', nodes: new Set() }])).toBe(0)
    expect(
      cost([{ kind: 'endpoints', service: 'default/s1', slices: [slice('s1', ['n1', 'n2'])] }]),
    ).toBeLessThan(3)
    // Of s1 the owner hosts an endpoint and the newcomer does not: no hash is asked for.
    expect(cost([{ kind: 'node', name: 'new', object: node('new') }])).toBe(49)
  })
})

const pool: Facts['config'] = [
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'pool', namespace: 'metallb-system' },
    spec: { addresses: ['192.0.2.0/24', '2001:db8::/126'], autoAssign: true, avoidBuggyIPs: false },
  },
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'lan', namespace: 'metallb-system' },
    spec: {},
  },
]

function ownerChanges(before: Decisions, after: Decisions): Set<string> {
  const [old, young] = [ownersOf(before), ownersOf(after)]
  const changed = [...new Set([...old.keys(), ...young.keys()])].filter(
    (key) => old.get(key) !== young.get(key),
  )
  return new Set(changed.map((address) => `${address} ${old.get(address)} ${young.get(address)}`))
}

function ownersOf({ elections }: Decisions): Map<string, string | undefined> {
  return new Map(elections.map(({ address, winner }) => [address, winner]))
}
