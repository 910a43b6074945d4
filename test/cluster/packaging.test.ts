/* What people apply: rendered by the real tools, taken by a real API server, and the same whichever tool it was. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { run } from '#lab/command.ts'
import type { ApiObject, KubeCluster } from '#lab/index.ts'

import { describeCluster, startCluster } from './cluster-harness.ts'
import {
  chart,
  essence,
  helmProgram,
  helmTemplate,
  kustomize,
  kustomizeWith,
  named,
  objectsOf,
  overlays,
  type Overlay,
} from './rendering.ts'

const names = Object.keys(overlays) as Overlay[]
const helm = await helmProgram()

interface Workload extends ApiObject {
  readonly spec: { readonly template: { readonly metadata: object; readonly spec: PodSpec } }
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number
  readonly initContainers?: readonly Container[]
  readonly containers: readonly Container[]
}

interface Container {
  readonly name: string
  readonly restartPolicy?: string
  readonly securityContext: { readonly capabilities: { readonly drop: string[]; readonly add?: string[] } }
}

const workload = (objects: readonly ApiObject[], name: string): Workload =>
  objects.find((object) => named(object) === name) as Workload

const added = ({ spec }: Workload, container: string): readonly string[] =>
  spec.template.spec.containers.find(({ name }) => name === container)?.securityContext.capabilities.add ?? []

describeCluster('the packages', () => {
  let cluster: KubeCluster

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [], kubeProxy: false })
  })

  afterAll(() => cluster?.dispose())

  const apply = (text: string, ...flags: readonly string[]): Promise<string> =>
    cluster.controlPlane.kubectl(['apply', '--server-side', '-f', '-', ...flags], text)

  describe.each(names)('overlay %s', (name) => {
    it('is taken by the API server, object by object', async () => {
      const text = await kustomize(`overlays/${name}`)
      const taken = (await apply(text, '--dry-run=server')).trim().split('\n')
      expect(taken).toHaveLength(objectsOf(text).length)
    })

    it.skipIf(helm === undefined)('is what the chart renders', async () => {
      const [kustomized, charted] = [await kustomize(`overlays/${name}`), await helmTemplate(overlays[name])]
      expect(essence(objectsOf(charted))).toEqual(essence(objectsOf(kustomized)))
    })
  })

  it('secure metrics are taken by the API server, and give the right to ask whose token it is', async () => {
    const objects = objectsOf(await kustomizeWith('l2-only', 'monitoring', 'secure-metrics'))
    const [monitors, rest] = [true, false].map((of) =>
      objects.filter(({ apiVersion }) => apiVersion.startsWith('monitoring.') === of),
    ) as [ApiObject[], ApiObject[]]
    expect(monitors[0]?.['spec'].podMetricsEndpoints).toMatchObject([{ scheme: 'https', port: 'metrics' }])
    const text = rest.map((object) => JSON.stringify(object)).join('\n---\n')
    expect((await apply(text, '--dry-run=server')).trim().split('\n')).toHaveLength(rest.length)
    const binding = rest.filter(({ metadata: { name } }) => name === 'herald-metrics-reviewer')
    await apply(JSON.stringify(binding[0]))
    for (const account of ['herald-controller', 'herald-speaker'])
      for (const review of [
        'tokenreviews.authentication.k8s.io',
        'subjectaccessreviews.authorization.k8s.io',
      ]) {
        const as = `--as=system:serviceaccount:metallb-system:${account}`
        expect(await cluster.controlPlane.kubectl(['auth', 'can-i', 'create', review, as])).toContain('yes')
      }
  })

  it.skipIf(helm === undefined)('secure metrics are the same from the chart', async () => {
    const kustomized = await kustomizeWith('native', 'secure-metrics')
    const charted = await helmTemplate({ prometheus: { metricsTLSSecret: 'herald-metrics-tls' } })
    expect(essence(objectsOf(charted))).toEqual(essence(objectsOf(kustomized)))
  })

  it('the webhook is taken by the API server', async () => {
    const objects = objectsOf(await kustomizeWith('l2-only', 'webhook'))
    const text = objects.map((object) => JSON.stringify(object)).join('\n---\n')
    expect((await apply(text, '--dry-run=server')).trim().split('\n')).toHaveLength(objects.length)
  })

  it.skipIf(helm === undefined)('the webhook is the same from the chart', async () => {
    const kustomized = await kustomizeWith('native', 'webhook')
    const charted = await helmTemplate({ controller: { webhook: { enabled: true } } })
    expect(essence(objectsOf(charted))).toEqual(essence(objectsOf(kustomized)))
  })

  it('each speaker has the capabilities its backend needs, and no others', async () => {
    const found = await Promise.all(
      names.map(async (name) => {
        const speaker = workload(objectsOf(await kustomize(`overlays/${name}`)), 'DaemonSet herald-speaker')
        const { containers, initContainers = [] } = speaker.spec.template.spec
        for (const { securityContext } of [...initContainers, ...containers])
          expect(securityContext.capabilities.drop).toEqual(['ALL'])
        return [name, added(speaker, 'speaker')]
      }),
    )
    expect(Object.fromEntries(found)).toEqual({
      'l2-only': ['NET_RAW'],
      native: ['NET_RAW', 'NET_BIND_SERVICE'],
      frr: ['NET_RAW', 'DAC_OVERRIDE'],
      gobgp: ['NET_RAW'],
    })
  })

  it.each<[Overlay, string]>([
    ['frr', 'frr'],
    ['gobgp', 'gobgpd'],
  ])(
    '%s: %s is a sidecar, so that it is there before the speaker and until its routes are drained',
    async (name, daemon) => {
      const { spec } = workload(objectsOf(await kustomize(`overlays/${name}`)), 'DaemonSet herald-speaker')
      const { initContainers = [], containers, terminationGracePeriodSeconds } = spec.template.spec
      expect(initContainers.map((one) => [one.name, one.restartPolicy])).toEqual([[daemon, 'Always']])
      expect(containers.map((one) => one.name)).toEqual(['speaker'])
      // The speaker waits ten seconds for its routes at most, and as long for what else it ends.
      expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(25)
    },
  )

  describe('pod security', () => {
    /** Asks a namespace that enforces `level` for the Pod of a workload. */
    async function admitted(level: string, name: string): Promise<string> {
      const { spec } = workload(objectsOf(await kustomize('overlays/native')), name)
      const namespace = `level-${level}`
      const labels = { 'pod-security.kubernetes.io/enforce': level }
      await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
      const { priorityClassName: _, ...pod } = spec.template.spec as PodSpec & { priorityClassName: string }
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'asked' }, spec: pod }
      const { status, body } = await cluster.api.raw('POST', path, object)
      return status === 201 ? 'admitted' : (JSON.parse(body) as { message: string }).message
    }

    it('the controller passes the strictest level', async () => {
      expect(await admitted('restricted', 'Deployment herald-controller')).toBe('admitted')
    })

    it('the speaker needs the privileged one, for the network of the host and NET_RAW alone', async () => {
      expect(await admitted('privileged', 'DaemonSet herald-speaker')).toBe('admitted')
      const reason = await admitted('baseline', 'DaemonSet herald-speaker')
      expect(reason).toMatch(/host namespaces \(hostNetwork=true\)/)
      expect(reason).toMatch(/non-default capabilities \(container "speaker" must not include "NET_RAW"/)
      expect(reason).not.toMatch(/hostPath|privileged \(|seccomp/)
    })
  })

  describe.skipIf(helm === undefined)('the chart', () => {
    const lint = (values: object): Promise<string> =>
      run([helm ?? '', 'lint', chart, '--strict', '--values', '-'], { stdin: JSON.stringify(values) })

    it('is sound in the eyes of helm lint', async () => {
      expect(await lint({ image: { repository: 'herald' } })).toContain('0 chart(s) failed')
    })

    it.each([
      [
        'a value nobody reads',
        { speaker: { frr: { enable: true } } },
        "additional properties 'enable' not allowed",
      ],
      [
        'a wrong type',
        { controller: { replicas: 'two' } },
        "at '/controller/replicas': got string, want integer",
      ],
      ['an image without a place', { image: { repository: '' } }, 'image.repository is required'],
      [
        'two backends',
        { speaker: { frr: { enabled: true }, gobgp: { enabled: true } } },
        'found both, allowed: one of them',
      ],
      [
        'FRR without its image',
        { speaker: { frr: { enabled: true } } },
        'speaker.frr.image.repository is required',
      ],
      [
        'two kinds of monitor',
        { prometheus: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } } },
        'found both, allowed: one of them',
      ],
    ])('refuses %s', async (_, values, message) => {
      await expect(helmTemplate(values)).rejects.toThrow(message)
    })

    it('with everything switched on is taken by the API server too', async () => {
      const values = {
        fullnameOverride: 'lb',
        loadBalancerClass: 'example.com/herald',
        imagePullSecrets: [{ name: 'pull' }],
        prometheus: { metricsPort: 9120, serviceMonitor: { enabled: true, interval: '30s' } },
        controller: {
          podAnnotations: { a: 'b' },
          tolerations: [{ operator: 'Exists' }],
          logLevel: 'debug',
          webhook: { enabled: true, port: 10_250 },
        },
        speaker: {
          ignoreExcludeLB: true,
          election: 'stable',
          l2Candidates: 'metallb',
          nodeSelector: { a: 'b' },
        },
      }
      const objects = objectsOf(await helmTemplate(values))
      // Of the Prometheus Operator, which is not here.
      const monitors = objects.filter(({ apiVersion }) => apiVersion.startsWith('monitoring.'))
      expect(monitors.map(named)).toEqual(['ServiceMonitor lb'])
      const rest = objects.filter((object) => !monitors.includes(object))
      const text = rest.map((object) => JSON.stringify(object)).join('\n---\n')
      expect((await apply(text, '--dry-run=server')).trim().split('\n')).toHaveLength(rest.length)
      expect(JSON.stringify(rest)).not.toMatch(/"herald-(controller|speaker|heartbeat|webhook)"/)
    })

    it('leaves out what is switched off', async () => {
      const off = { enabled: false }
      const values = { crds: off, networkpolicies: off, rbac: { create: false }, controller: off }
      const objects = objectsOf(await helmTemplate(values))
      expect(objects.map(named)).toEqual(['ServiceAccount herald-speaker', 'DaemonSet herald-speaker'])
    })

    it('keeps the custom resources, and all that is configured, when the release goes', async () => {
      const crds = objectsOf(await helmTemplate({})).filter(({ kind }) => kind === 'CustomResourceDefinition')
      const policies = crds.map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'])
      expect(new Set(policies)).toEqual(new Set(['keep']))
    })
  })
})
