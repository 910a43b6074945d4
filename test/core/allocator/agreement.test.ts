/*
 * The real allocator against the naive one, and against itself, over random edits. NAIVE_OPERATIONS=1000000 runs as
 * many as that.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { quarantined } from './build.ts'
import { edit, withStatus, type Edit } from './cluster.ts'
import { mayShare, NaiveAllocator } from './naive.ts'

import { allocate } from '#core/allocator/allocate.ts'
import { Allocator } from '#core/allocator/allocator.ts'
import type { Pool } from '#core/model/config.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { Assignment } from '#core/model/decisions.ts'
import { nameOf, type ServiceObject } from '#core/model/objects.ts'

/** An allocator with the cluster around it: what the API server would hold. */
class World {
  readonly allocator = new Allocator()
  readonly naive = new NaiveAllocator()
  readonly objects = new Map<string, ServiceObject>()
  pools: readonly Pool[] = []
  quarantine: readonly Quarantined[] = []

  apply(change: Edit): void {
    switch (change.kind) {
      case 'pools':
        this.pools = change.pools
        this.allocator.setPools(change.pools)
        this.naive.setPools(change.pools)
        break
      case 'quarantine':
        this.quarantine = change.addresses.map(quarantined)
        this.allocator.setQuarantine(this.quarantine)
        this.naive.setQuarantine(change.addresses)
        break
      case 'upsert':
        this.#put(change.service)
        break
      case 'remove':
        this.objects.delete(change.name)
        this.allocator.remove(change.name)
        this.naive.remove(change.name)
        break
      case 'write': {
        const object = this.objects.get(change.name)
        const said = this.allocator.assignment(change.name)
        if (object !== undefined && said !== undefined) this.#put(withStatus(object, said.addresses))
      }
    }
  }

  #put(object: ServiceObject): void {
    this.objects.set(nameOf(object), object)
    this.allocator.upsert(object)
    this.naive.upsert(object)
  }

  requiresPair(service: string): boolean {
    return this.objects.get(service)?.spec.ipFamilyPolicy === 'RequireDualStack'
  }

  /** By Service, as the naive one puts it. */
  said(): Record<string, readonly string[]> {
    return Object.fromEntries(
      this.allocator.assignments().map(({ service, addresses }) => [service, addresses]),
    )
  }

  /** The Services with their statuses as the allocator last said. */
  written(): ServiceObject[] {
    const said = this.said()
    return [...this.objects.entries()].map(([name, object]) =>
      said[name] === undefined ? object : withStatus(object, said[name]),
    )
  }
}

const operations = Number(process.env['NAIVE_OPERATIONS'] ?? 3000)
const longest = 60
const edits = fc.array(edit, { maxLength: longest, size: 'max' })

/** A million operations take an hour on a busy machine. */
const patient = { timeout: 60_000 + operations * 4 }

describe('the allocator', () => {
  it('agrees with the naive one after every edit', patient, () => {
    fc.assert(
      fc.property(edits, (sequence) => {
        const world = new World()
        for (const change of sequence) {
          world.apply(change)
          if (world.pools.length > 0) expect(world.said()).toEqual(world.naive.result())
        }
      }),
      { numRuns: Math.ceil((2 * operations) / longest) },
    )
  })

  it('lets no two Services hold an address unlawfully, moves none unasked, and counts right', patient, () => {
    fc.assert(
      fc.property(edits, (sequence) => {
        const world = new World()
        for (const change of sequence) {
          const before = world.allocator.assignments()
          world.apply(change)
          expectLawful(world)
          if (change.kind === 'pools') continue
          if (change.kind === 'quarantine') {
            expectHandedOutStayed(world, before)
            continue
          }
          const touched = change.kind === 'upsert' ? nameOf(change.service) : change.name
          expectNobodyElseMoved(world, before, touched)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('says the same when it starts afresh from what it said, in any order', patient, () => {
    fc.assert(
      fc.property(edits, fc.infiniteStream(fc.nat()), (sequence, random) => {
        const world = new World()
        for (const change of sequence) world.apply(change)
        // Writing a status is no news: what comes back is what was said.
        const before = world.said()
        for (const object of world.written()) world.allocator.upsert(object)
        expect(world.said()).toEqual(before)
        const shuffled = world.written().map((object) => ({ object, key: random.next().value as number }))
        shuffled.sort((a, b) => a.key - b.key)
        const services = shuffled.map(({ object }) => object)
        const fresh = allocate({ pools: world.pools.toReversed(), services, quarantine: world.quarantine })
        const pools = world.allocator.usage()
        if (world.pools.length > 0)
          expect({ assignments: world.allocator.assignments(), pools }).toEqual(fresh)
      }),
      { numRuns: 60 },
    )
  })

  it(
    'says of each Service what it said before, and why it lost what, whatever the quarantine is',
    patient,
    () => {
      fc.assert(
        fc.property(edits, edits, (sequence, more) => {
          const world = new World()
          for (const change of sequence) world.apply(change)
          expect(world.allocator.setQuarantine(world.quarantine).assigned).toEqual([])
          // Whoever requires a pair may get half of it and give that up again, for a cause of that moment.
          const before = world.allocator.assignments().filter(({ service }) => !world.requiresPair(service))
          for (const change of more.filter(({ kind }) => kind === 'quarantine')) {
            world.apply(change)
            for (const assignment of before) expectSameCauses(world, assignment)
          }
        }),
        { numRuns: 60 },
      )
    },
  )
})

function expectLawful(world: World): void {
  const holders = new Map<string, ServiceObject[]>()
  const used = new Map<string, Set<string>>()
  for (const { service, pool, addresses } of world.allocator.assignments()) {
    const object = world.objects.get(service)
    if (pool === undefined || object === undefined) continue
    used.set(pool, new Set([...(used.get(pool) ?? []), ...addresses]))
    for (const address of addresses) {
      for (const other of holders.get(address) ?? []) expect(mayShare(object, other)).toBe(true)
      holders.set(address, [...(holders.get(address) ?? []), object])
    }
  }
  for (const { pool, usedIPv4, usedIPv6 } of world.allocator.usage()) {
    const addresses = [...(used.get(pool) ?? [])]
    const six = addresses.filter((address) => address.includes(':')).length
    expect({ pool, usedIPv4, usedIPv6 }).toEqual({ pool, usedIPv4: addresses.length - six, usedIPv6: six })
  }
}

/** Quarantine takes nothing from a Service whose status lists it, and gives nobody what is in it. */
function expectHandedOutStayed(world: World, before: readonly Assignment[]): void {
  const marked = new Set<string>(world.quarantine.map(({ address }) => address))
  for (const { service, addresses } of before) {
    const listed = listedBy(world, service)
    const now = world.allocator.assignment(service)?.addresses ?? []
    if (addresses.every((address) => listed.includes(address)))
      expect(now.slice(0, addresses.length)).toEqual(addresses)
    for (const address of now) if (marked.has(address)) expect(listed).toContain(address)
  }
}

/** Of the addresses that the Service gave up, and still gives up. */
function expectSameCauses(world: World, { service, message }: Assignment): void {
  const now = causesIn(world.allocator.assignment(service)?.message ?? '')
  for (const [address, cause] of causesIn(message)) {
    if (now.has(address)) expect([service, address, now.get(address)]).toEqual([service, address, cause])
  }
}

/** Why each address is given up: what is said of it, or what the message begins with. */
function causesIn(message: string): ReadonlyMap<string, string> {
  const [verdict = '', ...clauses] = message.split('; gives up ')
  const causes = clauses.flatMap((clause) => {
    const [list = '', cause = verdict] = clause.split(': ')
    return list.split(' and ').map((address) => [address, cause] as const)
  })
  return new Map(causes)
}

function listedBy(world: World, service: string): readonly string[] {
  return (world.objects.get(service)?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

/** Whoever held an address still holds it, and may have got the second of a pair. */
function expectNobodyElseMoved(world: World, before: readonly Assignment[], touched: string): void {
  for (const { service, addresses } of before) {
    if (service === touched) continue
    expect(world.allocator.assignment(service)?.addresses.slice(0, addresses.length)).toEqual(addresses)
  }
}
