/*
 * Addresses: a /12 filled and emptied, one allocation when it is 99.9 % full, a restart with 100,000 Services, and the
 * memory of a million holders. The anchor is an allocator that looks for a free address from the start of the pool, as
 * MetalLB does, in the same run.
 */
import type { BenchResult } from './result.ts'

import { allocate } from '#core/allocator/allocate.ts'
import { Allocator } from '#core/allocator/allocator.ts'
import { FamilySpace } from '#core/allocator/family-space.ts'
import type { Claim } from '#core/allocator/sharing.ts'
import { formatIPv4, ipv4ValueOf, type Address } from '#core/model/address.ts'
import type { Pool } from '#core/model/config.ts'
import type { ServiceObject } from '#core/model/objects.ts'
import { parseRange } from '#core/model/range.ts'

const first = 0x0a000000
const all = 2 ** 20
const scanned = 2 ** 13
const services = 100_000

export default async function bench(): Promise<BenchResult> {
  // Once to let the compiler see the code; the figures are of the second time.
  fillAndEmpty(false)
  const filling = fillAndEmpty(false)
  const scattered = fillAndEmpty(true)
  const heap = heapOfHeld()
  const scan = scanFillAndEmpty()
  const nearlyFull = churn()
  const scanNearlyFull = churnOfScan()
  const cold = rebuild().took
  const restarts = Array.from({ length: 5 }, rebuild).sort((a, b) => a.took - b.took)
  const restart = restarts[2] ?? rebuild()
  const arrivals = arrive()
  const scale = (all / scanned) ** 2
  return {
    title: 'Allocator',
    command: 'npm run bench -- allocator',
    rows: [
      {
        what: 'fill a /12: 1,048,576 addresses, lowest first',
        value: milliseconds(filling.fill),
        anchor: `linear scan: ${milliseconds(scan.fill)} for a /19, so about ${seconds(scan.fill * scale)} for a /12 (quadratic)`,
        aim: '≤ 1 s',
      },
      {
        what: 'empty it again, in the same order',
        value: milliseconds(filling.empty),
        anchor: `linear scan (a set of texts): ${milliseconds((scan.empty * all) / scanned)}, scaled from a /19`,
        aim: '≤ 1 s',
      },
      {
        what: 'empty it in random order: up to 260,000 runs of free addresses',
        value: milliseconds(scattered.empty),
        anchor: `reading the same addresses in the same order, and no more: ${milliseconds(scattered.read)}`,
        aim: '≤ 1 s',
      },
      {
        what: 'one allocation at 99.9 % full, addresses coming back at random',
        value: percentiles(nearlyFull.take),
        anchor: `linear scan: ${percentiles(scanNearlyFull)}`,
        aim: 'p99 ≤ 20 µs',
      },
      { what: 'one release at 99.9 % full', value: percentiles(nearlyFull.release) },
      {
        what: 'start with 100,000 Services that have addresses',
        value: `${milliseconds(restart.took)} (median of 5; before the compiler has seen the code ${milliseconds(cold)})`,
        anchor: `JSON.parse of the same Services: ${milliseconds(restart.parsing)}`,
        aim: '≤ 500 ms',
      },
      {
        what: '100,000 Services arriving one by one, decided and reported each',
        value: `${milliseconds(arrivals.total)}; ${percentiles(arrivals.each)}`,
      },
      {
        what: 'heap for 1,048,576 held addresses',
        value: `${(heap / 1e6).toFixed(0)} MB, ${(heap / all).toFixed(0)} bytes each, who holds them included`,
      },
    ],
  }
}

function poolOf(text: string): Pool {
  const parsed = parseRange(text)
  if ('fault' in parsed) throw new Error(parsed.fault)
  return { name: 'bench', labels: {}, ranges: [parsed.range], autoAssign: true, avoidBuggyIPs: false }
}

function claimOf(index: number): Claim {
  return { service: `default/s${index}`, sharingKey: '', backendKey: '', ports: [] }
}

function fillAndEmpty(scattered: boolean): { fill: number; empty: number; read: number } {
  const space = new FamilySpace(poolOf('10.0.0.0/12'), 'IPv4')
  const claims = Array.from({ length: all }, (_, index) => claimOf(index))
  const taken: { claim: Claim; address: Address }[] = []
  const fill = timedAlone(() => {
    for (const claim of claims) {
      const address = lowest(space, claim)
      space.hold(claim, address)
      taken.push({ claim, address })
    }
  })
  const order = scattered ? shuffled(all).flatMap((index) => taken[index] ?? []) : taken
  let sum = 0
  const read = timedAlone(() => {
    for (const { address } of order) sum += ipv4ValueOf(address)
  })
  const empty = timedAlone(() => {
    for (const { claim, address } of order) space.drop(claim, address)
  })
  if (space.used !== 0 || sum === 0) throw new Error('addresses are still held')
  return { fill, empty, read }
}

function heapOfHeld(): number {
  const before = heapUsed()
  const space = new FamilySpace(poolOf('10.0.0.0/12'), 'IPv4')
  for (let index = 0; index < all; index++) {
    const claim = claimOf(index)
    space.hold(claim, lowest(space, claim))
  }
  const after = heapUsed()
  if (space.used !== all) throw new Error('addresses are missing')
  return after - before
}

function churn(): { take: readonly number[]; release: readonly number[] } {
  const space = new FamilySpace(poolOf('10.0.0.0/12'), 'IPv4')
  const holders = Array.from({ length: all }, (_, index) => {
    const claim = claimOf(index)
    const address = formatIPv4(first + index)
    space.hold(claim, address)
    return { claim, address }
  })
  const random = randomNumbers(7)
  const releaseOne = (): Claim => {
    const index = random(holders.length)
    const holder = holders[index] ?? { claim: claimOf(0), address: formatIPv4(first) }
    holders[index] = holders.at(-1) ?? holder
    holders.pop()
    space.drop(holder.claim, holder.address)
    return holder.claim
  }
  for (let free = 0; free < all / 1000; free++) releaseOne()
  const [take, release]: [number[], number[]] = [[], []]
  for (let round = 0; round < 200_000; round++) {
    let claim = claimOf(0)
    release.push(timed(() => (claim = releaseOne())))
    take.push(
      timed(() => {
        const address = lowest(space, claim)
        space.hold(claim, address)
        holders.push({ claim, address })
      }),
    )
  }
  return { take, release }
}

function lowest(space: FamilySpace, claim: Claim): Address {
  const address = space.lowestFor(claim)
  if (address === undefined) throw new Error('the pool is full')
  return address
}

/** Walks the pool from its start and asks of each address, as text, whether it is in use. */
class ScanningAllocator {
  readonly #used = new Set<string>()

  take(): string {
    for (let value = first; ; value++) {
      const text = formatIPv4(value)
      if (this.#used.has(text)) continue
      this.#used.add(text)
      return text
    }
  }

  release(text: string): void {
    this.#used.delete(text)
  }

  occupy(text: string): void {
    this.#used.add(text)
  }
}

function scanFillAndEmpty(): { fill: number; empty: number } {
  const allocator = new ScanningAllocator()
  const taken: string[] = []
  const fill = timedAlone(() => {
    for (let index = 0; index < scanned; index++) taken.push(allocator.take())
  })
  const order = shuffled(scanned).map((index) => taken[index] ?? '')
  const empty = timedAlone(() => order.forEach((text) => allocator.release(text)))
  return { fill, empty }
}

function churnOfScan(): readonly number[] {
  const allocator = new ScanningAllocator()
  for (let index = 0; index < all; index++) allocator.occupy(formatIPv4(first + index))
  const random = randomNumbers(7)
  for (let free = 0; free < all / 1000; free++) allocator.release(formatIPv4(first + random(all)))
  return Array.from({ length: 300 }, () => {
    allocator.release(formatIPv4(first + random(all)))
    return timed(() => allocator.take())
  })
}

function serviceOf(index: number, status: readonly string[]): ServiceObject {
  const [hour, minute] = [(index * 7) % 24, (index * 11) % 60].map((part) => String(part).padStart(2, '0'))
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `s${String(index).padStart(6, '0')}`,
      namespace: 'default',
      creationTimestamp: `2024-01-01T${hour}:${minute}:00Z`,
    },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'], ports: [{ port: 80 }] },
    status: { loadBalancer: { ingress: status.map((ip) => ({ ip })) } },
  }
}

/** As an API server lists them: JSON, by name, which says nothing about their age. */
function rebuild(): { took: number; parsing: number } {
  const text = JSON.stringify(
    Array.from({ length: services }, (_, index) => serviceOf(index, [formatIPv4(first + index)])),
  )
  let existing: ServiceObject[] = []
  const parsing = timedAlone(() => (existing = JSON.parse(text) as ServiceObject[]))
  const pools = [poolOf('10.0.0.0/12')]
  let moved = 0
  const took = timedAlone(() => {
    const { assignments } = allocate({ pools, services: existing })
    moved = assignments.filter(({ reason }) => reason !== 'Unchanged').length
  })
  if (moved > 0) throw new Error(`${moved} Services lost their addresses`)
  return { took, parsing }
}

function arrive(): { total: number; each: readonly number[] } {
  const pending = shuffled(services).map((index) => serviceOf(index, []))
  const allocator = new Allocator()
  allocator.setPools([poolOf('10.0.0.0/12')])
  const each = pending.map((object) => timed(() => allocator.upsert(object)))
  return { total: each.reduce((a, b) => a + b, 0), each }
}

/** Leaves no garbage of what came before to be paid for here. */
function timedAlone(task: () => unknown): number {
  heapUsed()
  return timed(task)
}

/** In milliseconds. */
function timed(task: () => unknown): number {
  const begin = performance.now()
  task()
  return performance.now() - begin
}

function heapUsed(): number {
  // The second collection frees what the first one only unlinked.
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** The same numbers in every run: a linear congruential generator. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function shuffled(length: number): number[] {
  const random = randomNumbers(42)
  const numbers = Array.from({ length }, (_, index) => index)
  for (let index = length - 1; index > 0; index--) {
    const other = random(index + 1)
    const [a = 0, b = 0] = [numbers[index], numbers[other]]
    numbers[index] = b
    numbers[other] = a
  }
  return numbers
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`
}

function seconds(value: number): string {
  return `${(value / 1000).toFixed(0)} s`
}

function percentiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    `${((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 1000).toFixed(1)} µs`
  return `p50 ${at(0.5)}, p99 ${at(0.99)}`
}
