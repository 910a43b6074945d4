/* Every query of every dashboard finds data in a real Prometheus that scrapes a running lab, and the rules load. */
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Frr, Prometheus, until } from '#lab/index.ts'

import { dashboards } from '../../metrics/grafana/dashboards.ts'
import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, others, pool, service } from './standalone-cluster.ts'

const rules = fileURLToPath(new URL('../../metrics/prometheus/herald.rules.yaml', import.meta.url))
const ruleTests = fileURLToPath(new URL('../../metrics/prometheus/herald.rules.test.yaml', import.meta.url))

const nodes = ['node1', 'node2', 'node3'] as const
const [ourAsn, routerAsn] = [64500, 64501]

let program: Program
let cluster: Cluster
let prometheus: Prometheus
let traffic: NodeJS.Timeout
let changes = 0

/** L2 and BGP with BFD at work, a node that died, and a stranger who answers: what the dashboards are about. */
beforeAll(async () => {
  program = await bundleProgram()
  cluster = await Cluster.make(program)
  const router = cluster.client
  await cluster.put(
    'config.yaml',
    pool('lan', '192.168.10.0/28', 'fc00:f853:ccd:e799::/126'),
    l2Advertisement('lan', { ipAddressPools: ['lan'] }),
    pool('fabric', '203.0.113.0/28'),
    metallb('v1beta1', 'BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'] }),
    metallb('v1beta1', 'BFDProfile', 'fast', { transmitInterval: 300, receiveInterval: 300 }),
    metallb('v1beta2', 'BGPPeer', 'tor', {
      myASN: ourAsn,
      peerASN: routerAsn,
      peerAddress: router.address('IPv4'),
      bfdProfile: 'fast',
    }),
  )
  await cluster.put('web.yaml', service('web', { 'metallb.io/address-pool': 'lan' }))
  await cluster.put('api.yaml', service('api', { 'metallb.io/address-pool': 'fabric' }))
  const frr = new Frr(router, {
    config: {
      asn: routerAsn,
      routerId: router.address('IPv4'),
      neighbors: nodes.map((name) => ({
        address: cluster.lab.node(name).address('IPv4'),
        asn: ourAsn,
        bfd: { interval: 300, multiplier: 3 },
      })),
    },
  })
  await frr.start()
  await cluster.startAll('--metrics-address', ':7472')
  const targets = nodes.map((name) => `${cluster.lab.node(name).address('IPv4')}:7472`)
  prometheus = new Prometheus(router, { targets, rules: [rules] })
  await prometheus.start()
  await stir()
  traffic = setInterval(() => void change(), 2000)
}, 120_000)
afterAll(async () => {
  clearInterval(traffic)
  await cluster?.dispose()
  program?.remove()
})

function metallb(version: string, kind: string, name: string, spec: object): object {
  return { apiVersion: `metallb.io/${version}`, kind, metadata: { name, namespace: 'metallb-system' }, spec }
}

/** Questions, a death, a lost session, and a second answerer. */
async function stir(): Promise<void> {
  const [address = ''] = await cluster.addresses('default/web')
  const owner = await cluster.owner(address)
  await cluster.answerers(address)
  await seen('sum(up) == 3')
  cluster.herald(owner).kill('SIGKILL')
  const heir = await cluster.owner(address, others(owner))
  await seen(
    `herald_l2_conflicts_total{ip="${address}",instance=~"${cluster.lab.node(heir).address('IPv4')}:.*"} == 0`,
  )
  await cluster.client.ip(`addr add ${address}/32 dev eth0`)
  const claim = ['arping', '-U', '-c', '3', '-w', '2', '-I', 'eth0', '-S', address, address]
  await cluster.client.exec(claim)
  await cluster.client.ip(`addr del ${address}/32 dev eth0`)
  await cluster.until('the conflict', () => (cluster.view(heir)?.conflicts.length ?? 0) > 0)
  cluster.start(owner, '--metrics-address', ':7472')
  await cluster.ready(owner)
}

/** What was never scraped before it grew shows no increase. */
async function seen(expression: string): Promise<void> {
  const found = async (): Promise<boolean> => (await prometheus.query(expression)).length > 0
  await until(expression, found, { timeout: 20_000 })
}

/** Work and questions, as a cluster always has some. */
async function change(): Promise<void> {
  const [address = ''] = await cluster.addresses('default/web')
  const name = `short-lived-${changes++ % 2}`
  await cluster.put('short-lived.yaml', service(name, { 'metallb.io/address-pool': 'lan' }))
  await cluster.client.exec(['arping', '-c', '1', '-w', '1', '-I', 'eth0', address])
}

/** As Grafana fills its variables in. */
function filledIn(expression: string): string {
  return expression.replaceAll('$job', '.*').replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h')
}

async function hasData(expression: string): Promise<boolean> {
  const samples = await prometheus.query(filledIn(expression))
  return samples.some(({ value: [, text] }) => !Number.isNaN(Number(text)))
}

describe.each(dashboards)('the dashboard $title', ({ rows }) => {
  const queries = rows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries }) => queries.map(({ expression }) => ({ title, expression }))),
  )

  it.each(queries)('has data for "$title": $expression', async ({ title, expression }) => {
    await until(`data for ${title}`, () => hasData(expression), { timeout: 20_000 })
  })
})

describe('the rules', () => {
  it('are loaded, and each evaluates without an error', async () => {
    const { stdout } = await cluster.client.exec(['curl', '-s', 'http://127.0.0.1:9090/api/v1/rules'])
    const { data } = JSON.parse(stdout) as {
      data: { groups: { rules: { name: string; health: string }[] }[] }
    }
    const found = data.groups.flatMap(({ rules }) => rules)
    expect(found.length).toBeGreaterThan(15)
    await until('every rule to be evaluated', async () => {
      const { stdout } = await cluster.client.exec(['curl', '-s', 'http://127.0.0.1:9090/api/v1/rules'])
      return !stdout.includes('"health":"unknown"') && !stdout.includes('"health":"err"')
    })
  })

  it('alert of the second answerer', async () => {
    const alert = 'ALERTS{alertname="HeraldDuplicateAddress"}'
    await seen(alert)
  })

  it('hold in the cases that are written down for them', async () => {
    await cluster.client.run(['promtool', 'test', 'rules', ruleTests])
  })
})
