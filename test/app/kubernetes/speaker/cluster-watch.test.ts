import { afterEach, beforeEach, expect, test } from 'vitest'

import { ApiClient } from '#app/kubernetes/api/client.ts'
import { HttpTransport } from '#app/kubernetes/api/transport.ts'
import { ClusterWatch } from '#app/kubernetes/speaker/cluster-watch.ts'
import { sha256, systemClock, systemRandom as random } from '#app/system.ts'
import { instantAt, milliseconds } from '#core/model/duration.ts'
import type { Settings } from '#core/model/facts.ts'
import type { Clock } from '#core/ports.ts'

import { eventually } from '../../eventually.ts'
import { FakeApiServer } from '../fake-api-server.ts'
import { silentLog as log } from '../silent-log.ts'

const settings: Settings = {
  namespace: 'metallb-system',
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
  announcers: [],
}

/** A hundred times as fast. */
const speed = 100
const clock: Clock = {
  now: () => instantAt(systemClock.now() * speed),
  after: (delay, task) => systemClock.after(milliseconds(delay / speed), task),
}

let server: FakeApiServer
let watch: ClusterWatch
let told: boolean[]

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  told = []
})

afterEach(async () => {
  await watch.stop()
  await server.close()
})

/** The server refuses the plural, until `times` requests have been refused. */
function start(plural: string, status = 403, times = Number.POSITIVE_INFINITY): void {
  server.fail(({ path }) => path.endsWith(`/${plural}`), status, { times })
  const transport = new HttpTransport(server.source())
  const client = new ApiClient({ transport, clock: systemClock, random })
  watch = new ClusterWatch({ client, settings, sha256, clock, random, log })
  watch.onChange(() => told.push(watch.synced))
  watch.start()
}

const passed = (seconds: number): Promise<void> =>
  new Promise((resolve) => void clock.after(milliseconds(seconds * 1000), resolve))

test('everything is read before anything is decided', async () => {
  start('nothing')
  await eventually(() => expect(watch.synced).toBe(true))
  expect(watch.problems()).toEqual([])
})

test.each(['bfdprofiles', 'bgppeers', 'communities', 'l2advertisements', 'secrets'])(
  'what may not be read of %s is waited for a while, then done without and named',
  async (plural) => {
    start(plural)
    await eventually(() => expect(watch.problems()).toHaveLength(1))
    expect(watch.synced).toBe(false)
    await eventually(() => expect(told.at(-1)).toBe(true))
    expect(watch.lacking()).toEqual([`going on without ${plural}: ${watch.problems()[0]}`])
    expect(watch.problems()[0]).toMatch(
      new RegExp(`^GET \\S*/${plural}\\S*: not allowed \\(403\\).*grant the verb`),
    )
  },
)

test.each(['services', 'endpointslices', 'nodes', 'ipaddresspools', 'bgpadvertisements', 'advertisements'])(
  'without %s nothing is decided, for it might be wrong',
  async (plural) => {
    start(plural)
    await eventually(() => expect(watch.problems()).toHaveLength(1))
    await passed(30)
    expect(watch.synced).toBe(false)
    expect(watch.problems()[0]).toContain('not allowed (403)')
  },
)

test('a kind that is not installed is as one that may not be read', async () => {
  start('bfdprofiles', 404)
  await eventually(() => expect(told.at(-1)).toBe(true))
  expect(watch.problems()).toEqual(['BFDProfile (metallb.io/v1beta1) is not installed: apply deploy/crds'])
})

test('a server that only takes its time to answer is waited for', async () => {
  start('bfdprofiles', 500)
  await passed(30)
  expect(watch.synced).toBe(false)
})

test('a kind that may be read again is read', async () => {
  start('bfdprofiles', 403, 3)
  await eventually(() => expect(watch.problems()).toHaveLength(1))
  await eventually(() => expect(watch.problems()).toEqual([]))
  expect(watch.synced).toBe(true)
  expect(watch.lacking()).toEqual([])
})

test('what a newer version kept in the snapshot, and this one does not know, is passed over', async () => {
  start('nothing')
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' } } as const
  const config = { apiVersion: 'heraldlb.io/v9', kind: 'Tomorrow', metadata: { name: 'x' }, spec: {} }
  for (const content of [
    { kind: 'tomorrow', object: node },
    { kind: 'config', object: config },
  ])
    watch.restore(content as never)
  watch.restore({ kind: 'node', object: { ...node, tomorrow: true } as never })
  expect([...watch.nodeObjects()].map(({ metadata }) => metadata.name)).toEqual(['node1'])
})
