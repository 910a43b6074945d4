/* Several writers without a Lease, whose requests, answers and watches are interleaved at random. */
import { expect, test } from 'vitest'

import { ApiClient, type RawObject } from '#app/kubernetes/api/client.ts'
import { ClusterView } from '#app/kubernetes/controller/cluster-view.ts'
import { Controller } from '#app/kubernetes/controller/controller.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds, seconds, type Instant } from '#core/model/duration.ts'
import { createMetrics } from '#metrics/registry.ts'

import { Chance } from '../../../simulation/random.ts'
import { silentLog as log } from '../silent-log.ts'
import { ModelApi } from './model-api.ts'
import { namespace, settings } from './settings.ts'

const services = '/api/v1/services'
const claims = '/apis/heraldlb.io/v1alpha1/addressclaims'
const pools = '/apis/metallb.io/v1beta1/ipaddresspools'

/** A process that takes turns for ever, and never waits for anything, would not even read an answer. */
class PatientClock extends FakeClock {
  asked = 0
  circled = false

  override now(): Instant {
    if (++this.asked > 3000) {
      this.circled = true
      throw new Error('turns in a circle')
    }
    return super.now()
  }
}

class World {
  readonly api: ModelApi
  readonly faults: string[] = []
  private readonly clock = new PatientClock()
  readonly chance: Chance
  private readonly lives = new Map<string, number>()
  private readonly granted = new Map<string, string>()

  constructor(seed: number) {
    this.chance = new Chance(seed, 'writers')
    this.api = new ModelApi(this.chance)
    this.api.onChange = (collection, object, key) => {
      if (collection === services) this.judge(object, key)
    }
  }

  start(name: string): void {
    const identity = `${name}_${this.life(name)}`
    const { clock, chance: random } = this
    const client = new ApiClient({ transport: this.api.transport(name), clock, random })
    const view = new ClusterView({ client, clock, random, log, namespace })
    const controller = new Controller({
      client,
      view,
      election: undefined,
      settings,
      identity,
      podName: identity,
      owner: () => Promise.resolve(undefined),
      metrics: createMetrics().scope,
      clock,
      random,
      log,
    })
    controller.start()
  }

  /** What it asked for may have been carried out, and nobody hears of it. */
  kill(name: string): void {
    this.lives.set(name, this.life(name) + 1)
    this.api.kill(name)
  }

  private life(name: string): number {
    return this.lives.get(name) ?? 0
  }

  /** Lets `steps` things happen, fewer when nothing is under way. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.clock.asked = 0
      if (!this.api.step()) return
      await new Promise(setImmediate)
      if (this.chance.happens(0.05)) await this.clock.advance(milliseconds(20))
    }
  }

  /** What was wrong on the way, and what is at rest, after so many seconds at most. */
  async verdict(atMost: number): Promise<readonly string[]> {
    let missing = this.missing()
    for (let second = 0; second < atMost && !this.clock.circled; second++) {
      await this.run(20_000)
      missing = this.missing()
      if (missing.length === 0) break
      this.clock.asked = 0
      await this.clock.advance(seconds(1))
    }
    return [...this.faults, ...missing, ...(this.clock.circled ? ['one turned in a circle'] : [])]
  }

  /** Services without address, and claims that say other than the statuses. */
  private missing(): readonly string[] {
    const said = [...this.api.objects(claims).values()].flatMap(({ spec }) => {
      const { address, services } = spec as { address: string; services: { name: string }[] }
      return services.map(({ name }) => `${name} ${address}`)
    })
    const listed = [...this.api.objects(services).values()].map(
      (service) => `${service.metadata.name} ${addressOf(service) ?? 'has none'}`,
    )
    return [
      ...listed.filter((text) => !said.includes(text)),
      ...said.filter((text) => !listed.includes(text)).map((text) => `a claim says ${text}`),
    ]
  }

  private judge(object: RawObject | undefined, key: string): void {
    const before = this.granted.get(key)
    const now = object && addressOf(object)
    if (object === undefined) this.granted.delete(key)
    if (now === before || object === undefined) return
    if (before !== undefined) this.faults.push(`${key} had ${before} and has ${now}`)
    for (const [other, address] of this.granted)
      if (address === now) this.faults.push(`${now} is ${other}'s and ${key}'s`)
    if (now !== undefined) this.granted.set(key, now)
  }
}

function addressOf(object: RawObject): string | undefined {
  const { status } = object as { status?: { loadBalancer?: { ingress?: { ip: string }[] | null } } }
  return status?.loadBalancer?.ingress?.[0]?.ip
}

function service(name: string): RawObject {
  const spec = { type: 'LoadBalancer', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ports: [{ port: 80 }] }
  return { metadata: { namespace: 'default', name }, spec }
}

interface Scenario {
  readonly count: number
  readonly deletes: boolean
  readonly kills: boolean
  readonly lossy: boolean
}

/** What is not as it should be in the end. */
async function play(seed: number, { count, deletes, kills, lossy }: Scenario): Promise<readonly string[]> {
  const world = new World(seed)
  const { chance } = world
  const spec = { addresses: ['192.0.2.0/28'] }
  const metadata = { namespace, name: 'lan' }
  world.api.put(pools, { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata, spec })
  world.start('a')
  world.start('b')
  await world.run(chance.whole(0, 100))
  if (lossy) world.api.lossy = 0.1
  for (let index = 0; index < count; index++) {
    world.api.put(services, service(`s${index}`))
    if (chance.happens(0.3)) await world.run(chance.whole(0, 60))
    if (deletes && chance.happens(0.3)) {
      const name = `s${chance.whole(0, index)}`
      world.api.remove(services, `default/${name}`)
      if (chance.happens(0.3)) await world.run(chance.whole(0, 20))
      world.api.put(services, service(name))
    }
    if (kills && index % 4 === 3) {
      world.kill(index % 8 === 3 ? 'a' : 'b')
      world.start(index % 8 === 3 ? 'a' : 'b')
    }
  }
  await world.run(300)
  world.api.lossy = 0
  return await world.verdict(kills || lossy ? 70 : 10)
}

/** Others: `WRITERS_SEEDS='1000 500'` are five hundred from 1000 on. */
const [from = 1, count = 25] = (process.env['WRITERS_SEEDS'] ?? '').split(' ').filter(Boolean).map(Number)

test.each<[string, Scenario]>([
  ['', { count: 12, deletes: false, kills: false, lossy: false }],
  [' of a pool that just suffices', { count: 16, deletes: false, kills: false, lossy: false }],
  [' while Services go and come again', { count: 12, deletes: true, kills: false, lossy: false }],
  [' while they are killed and started', { count: 12, deletes: false, kills: true, lossy: false }],
  [' of a faulty API server', { count: 12, deletes: true, kills: false, lossy: true }],
])('two writers address all Services, and grant nothing twice%s', async (_, scenario) => {
  const wrong: object[] = []
  for (let seed = from; seed < from + count && wrong.length < 5; seed++) {
    const verdict = await play(seed, scenario)
    if (verdict.length > 0) wrong.push({ seed, verdict })
  }
  expect(wrong).toEqual([])
})
