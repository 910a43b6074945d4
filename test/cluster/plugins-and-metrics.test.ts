/* A third party's plugin in a cluster, by an Advertisement; and who may read the metrics of those who serve it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { execute } from '#lab/command.ts'
import { CONTROL_PLANE, recordSecret, until, type KubeCluster } from '#lab/index.ts'

import { selfSigned } from '../metrics/pki.ts'
import { installExample } from '../system/example-plugin.ts'
import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { own, pool, service, Speakers } from './speakers.ts'

const executable = fileURLToPath(new URL('../../examples/plugins/exabgp-style/announce.py', import.meta.url))
const metrics = 'https://127.0.0.1:7472'

interface Planned {
  readonly services: readonly object[]
  readonly problems: readonly object[]
}

describeCluster('a plugin of a third party in a cluster', () => {
  let cluster: KubeCluster
  let program: Program
  let routes: string
  let certificate: string
  let config: string

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster({ nodes: ['node1'], kubeProxy: false })
    const { directory } = cluster.lab
    routes = join(directory, 'routes')
    config = join(directory, 'herald.json')
    await installExample('kernel-address', join(directory, 'kernel-address'), 'koffi')
    const plugins = {
      'exabgp-style': { executable, config: { file: routes } },
      'kernel-address': { module: './kernel-address/dist/plugin.js', config: { interface: 'eth0' } },
    }
    writeFileSync(
      config,
      JSON.stringify({ apiVersion: 'heraldlb.io/v1alpha1', kind: 'HeraldConfig', plugins }),
    )
    mkdirSync(join(directory, 'tls'))
    const pair = selfSigned(join(directory, 'tls'), 'tls')
    certificate = pair.cert
    const flags = ['--config', config, '--metrics-secure', '--metrics-cert-dir', join(directory, 'tls')]
    const argv = [process.execPath, program.script, 'controller', '--namespace', 'metallb-system', ...flags]
    cluster.spawn(CONTROL_PLANE, argv, 'controller')
    new Speakers(cluster, program).start('node1', ...flags)
    await cluster.addPod({ name: 'web', node: 'node1', labels: { app: 'web' } })
    await cluster.apply(pool('lan', '192.168.10.0/24'))
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  const advertise = (name: string, options: object, announcer = 'exabgp-style'): Promise<unknown> =>
    cluster.apply(advertisement(name, announcer, options))

  const announced = (): string => {
    try {
      return readFileSync(routes, 'utf8')
    } catch {
      return ''
    }
  }

  test('is told what an Advertisement with its options selects', async () => {
    await cluster.apply(service('web'))
    await advertise('routes', { community: '65000:1' })
    await until(
      'the plugin to announce the address',
      () => /announce route 192\.168\.10\.0\/32/.test(announced()),
      {
        timeout: 30_000,
      },
    )
    expect(announced()).toMatch(/announce route 192\.168\.10\.0\/32 .*community.*65000:1/)
    await cluster.controlPlane.kubectl(['delete', 'service', 'web'])
    await until('the plugin to withdraw it', () => /withdraw route 192\.168\.10\.0\/32/.test(announced()))
  })

  test('does so as a module in a worker, too: the kernel of the node answers for the address', async () => {
    await cluster.apply(service('kernel'))
    await advertise('kernel', {}, 'kernel-address')
    const addresses = (): Promise<string> => cluster.node('node1').run(['ip', 'address', 'show', 'eth0'])
    const [address = ''] = await cluster.addressesOf('kernel')
    await until('the address on the interface', async () => (await addresses()).includes(`${address}/32`))
    await cluster.controlPlane.kubectl(['delete', 'service', 'kernel'])
    await until('it to be taken away', async () => !(await addresses()).includes(`${address}/32`))
  })

  test('is planned with its options, and refused with those that its schema does not have', async () => {
    const manifests = (options: object): string =>
      [pool('lan', '192.168.10.0/24'), service('web'), advertisement('kernel', 'kernel-address', options)]
        .map((object) => JSON.stringify(object))
        .join('\n---\n')
    const plan = async (options: object): Promise<Planned> => {
      const argv = [process.execPath, program.script, 'plan', '--config', config, '-f', '-', '-o', 'json']
      return JSON.parse((await execute(argv, { stdin: manifests(options) })).stdout) as Planned
    }
    const { services, problems } = await plan({})
    expect(services).toMatchObject([
      { addresses: ['192.168.10.0'], announcements: [{ announcer: 'kernel-address' }] },
    ])
    expect(problems).toEqual([])
    expect((await plan({ interface: 'eth1' })).problems).toMatchObject([
      { object: 'Advertisement metallb-system/kernel', field: 'spec.options.interface' },
    ])
  })

  test('has its options checked by its own schema, and the fault stands in the cluster', async () => {
    await advertise('kernel-typo', { interface: 'eth1' }, 'kernel-address')
    await advertise('typo', { comunity: '65000:1' })
    const path = '/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates'
    const words = await until('a ConfigurationState with the fault', async () => {
      const states = JSON.stringify(await cluster.api.list(path))
      return states.includes('comunity') && states.includes('kernel-typo') && states
    })
    expect(words).toContain('Advertisement metallb-system/typo')
    expect(words).toMatch(/did you mean community|community/)
    const both = ['typo', 'kernel-typo', '-n', 'metallb-system']
    await cluster.controlPlane.kubectl(['delete', 'advertisement.heraldlb.io', ...both])
  })

  test('metrics of both are for those whom the API server lets: 401, 403, 200, and 403 when the right is gone', async () => {
    const token = await scraper()
    recordSecret(token)
    const each = <T>(ask: (node: string) => Promise<T>): Promise<T[]> =>
      Promise.all([CONTROL_PLANE, 'node1'].map(ask))
    const answers = (path: string, bearer?: string): Promise<number[]> =>
      each((node) => status(node, path, bearer))
    const soon = (what: string, wanted: number): Promise<unknown> =>
      until(what, async () => (await answers('/metrics', token)).every((one) => one === wanted), {
        timeout: 25_000,
        interval: 500,
      })
    await until('the endpoints', async () => (await answers('/healthz')).every((one) => one === 200))
    expect(await answers('/metrics')).toEqual([401, 401])
    expect(await answers('/metrics', 'nonsense')).toEqual([401, 401])
    expect(await answers('/metrics', token)).toEqual([403, 403])
    await cluster.apply(...reader)
    await soon('the right to count', 200)
    for (const told of await each((node) => cluster.node(node).run(curl('/metrics', token))))
      expect(told).toMatch(/herald_api_request_seconds_count\{verb="list",resource="services"\} [1-9]/)
    await cluster.controlPlane.kubectl(['delete', 'clusterrolebinding', 'metrics-reader'])
    await soon('the right to be gone', 403)
    expect(await answers('/readyz')).toEqual([200, 200])
  })

  async function scraper(): Promise<string> {
    await cluster.controlPlane.kubectl(['create', 'serviceaccount', 'scraper'])
    return (await cluster.controlPlane.kubectl(['create', 'token', 'scraper'])).trim()
  }

  async function status(node: string, path: string, token?: string): Promise<number> {
    const show = ['-o', '/dev/null', '-w', '%{http_code}']
    const { stdout } = await cluster.node(node).exec([...curl(path, token), ...show])
    return Number(stdout)
  }

  function curl(path: string, token?: string): string[] {
    const bearer = token === undefined ? [] : ['-H', `authorization: Bearer ${token}`]
    return ['curl', '-s', '-m', '5', '--cacert', certificate, ...bearer, metrics + path]
  }
})

function advertisement(name: string, announcer: string, options: object): object {
  return own('Advertisement', name, { announcer, options }, 'heraldlb.io/v1alpha1')
}

const rbac = (kind: string, rest: object): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name: 'metrics-reader' },
  ...rest,
})
const reader = [
  rbac('ClusterRole', { rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] }),
  rbac('ClusterRoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'metrics-reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'scraper', namespace: 'default' }],
  }),
]
