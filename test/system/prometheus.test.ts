/* A real Prometheus scrapes a running Herald; promtool reads what it exposes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { catalogue } from '#metrics/catalogue.ts'
import { Prometheus } from '#lab/index.ts'
import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, pool, service } from './standalone-cluster.ts'

let program: Program
let cluster: Cluster
let prometheus: Prometheus
let address: string

beforeAll(async () => {
  program = await bundleProgram()
  cluster = await Cluster.make(program)
  await cluster.put(
    'pools.yaml',
    pool('lan', '192.168.10.0/28', 'fc00:f853:ccd:e799::/126'),
    l2Advertisement('lan'),
  )
  await cluster.put('web.yaml', service('web'))
  cluster.start('node1')
  await cluster.ready('node1')
  const [first = ''] = await cluster.addresses('default/web', ['node1'])
  address = first
  await cluster.owner(address, ['node1'])
  prometheus = new Prometheus(cluster.lab.node('node1'), { targets: ['127.0.0.1:7472'] })
  await prometheus.start()
})
afterAll(async () => {
  await cluster.dispose()
  program.remove()
})

const value = async (expression: string): Promise<number | undefined> => {
  const [sample] = await prometheus.query(expression)
  return sample === undefined ? undefined : Number(sample.value[1])
}
const get = (path: string) =>
  cluster.lab.node('node1').run(['curl', '-s', '-w', '\n%{http_code}', `http://127.0.0.1:7472${path}`])

describe('Prometheus', () => {
  it.each([
    ['up', 1],
    ['herald_ready', 1],
    ['metallb_k8s_client_config_loaded_bool', 1],
    ['metallb_k8s_client_config_stale_bool', 0],
    ['metallb_allocator_addresses_total{pool="lan"}', 20],
    ['metallb_allocator_ipv4_addresses_total{pool="lan"}', 16],
    ['metallb_allocator_ipv6_addresses_total{pool="lan"}', 4],
    ['metallb_allocator_addresses_in_use_total{pool="lan"}', 1],
    ['herald_allocator_holder', 1],
    ['herald_members{state="dead"}', 2],
    ['count(metallb_speaker_announced)', 1],
  ])('finds %s = %d', async (expression, expected) => {
    await cluster.until(`${expression} to be ${expected}`, async () => (await value(expression)) === expected)
  })

  it('finds what is announced under the labels that dashboards know', async () => {
    const expression = `metallb_speaker_announced{service="default/web",protocol="layer2",node="node1",ip="${address}"}`
    await cluster.until(expression, async () => (await value(expression)) === 1)
  })

  it('sees a Service come and go', async () => {
    const announced = 'count(metallb_speaker_announced)'
    await cluster.put('db.yaml', service('db'))
    await cluster.until('two', async () => (await value(announced)) === 2)
    await cluster.remove('db.yaml')
    await cluster.until('one', async () => (await value(announced)) === 1)
  })
})

describe('the exposition', () => {
  /** Inherited from MetalLB, whose dashboards and alerts they keep working. */
  const inherited =
    /^metallb_\w+ (non-counter metrics should not have "_total" suffix|counter metrics should have "_total" suffix|metric name should not contain reserved suffixes)/

  it('passes promtool but for names inherited from MetalLB', async () => {
    const text = (await get('/metrics')).replace(/\n\d+$/, '\n')
    const { stderr, stdout } = await cluster.client.exec(['promtool', 'check', 'metrics'], { stdin: text })
    const faults = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
    expect(faults.filter((line) => inherited.test(line)).length).toBeGreaterThan(0)
    expect(faults.filter((line) => !inherited.test(line))).toEqual([])
  })

  it('holds nothing of ours that the catalogue does not', async () => {
    const text = await get('/metrics')
    const names = [...text.matchAll(/^# TYPE ((?:herald|metallb)_\w+) (\w+)$/gm)]
    expect(names.length).toBeGreaterThan(20)
    for (const [, name = '', type] of names) expect(catalogue.get(name)?.type, name).toBe(type)
  })

  it('says ready in JSON', async () => {
    expect(await get('/readyz')).toBe('{"ready":true,"reasons":[]}\n\n200')
    expect(await get('/healthz')).toBe('ok\n\n200')
  })
})
