/* The commands that look at a cluster, as people run them: with a kubeconfig, and as a plugin of kubectl. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { run } from '#lab/command.ts'
import { CONTROL_PLANE, type CommandResult, type KubeCluster, until } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { kustomize } from './rendering.ts'

const web = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }] },
}
const pool = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'lan', namespace: 'metallb-system' },
  spec: { addresses: ['192.168.10.0/24'] },
}
const advertisement = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'L2Advertisement',
  metadata: { name: 'lan', namespace: 'metallb-system' },
  spec: {},
}

describeCluster('commands on a cluster', () => {
  let cluster: KubeCluster
  let program: Program

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await startCluster({ nodes: ['node1', 'node2'], kubeProxy: false })
    await cluster.addPod({ name: 'web', node: 'node2', labels: { app: 'web' } })
    await cluster.apply(web, pool)
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  function herald(...argv: readonly string[]): Promise<CommandResult> {
    const env = { KUBECONFIG: cluster.controlPlane.kubeconfig(), NO_COLOR: '1' }
    return cluster.node(CONTROL_PLANE).exec([process.execPath, program.script, ...argv], { env })
  }

  test('doctor tells what is missing, and what to do', async () => {
    const { stdout, code } = await herald('doctor')
    expect(code).toBe(1)
    expect(stdout).toContain('ok       custom resources: all are served')
    expect(stdout).toContain(
      'fault    access of the speaker: ServiceAccount metallb-system/herald-speaker may not do anything',
    )
    expect(stdout).toContain('fault    advertisements: found pools but no L2Advertisement')
    expect(stdout).toContain('remedy: create an L2Advertisement; without selectors it announces every pool')
    expect(stdout).toMatch(/warning {2}speakers: found no DaemonSet of Herald in metallb-system/)
  })

  test('plan decides on what the cluster has', async () => {
    await cluster.apply(advertisement)
    const { stdout, code } = await herald('plan', '-o', 'json')
    const plan = JSON.parse(stdout) as { services: object[]; assumptions: string[] }
    expect(plan.services).toMatchObject([
      {
        name: 'web',
        pool: 'lan',
        addresses: ['192.168.10.0'],
        reason: 'Assigned',
        announcements: [{ announcer: 'l2', nodes: ['node2'] }],
      },
    ])
    expect(plan.assumptions).toEqual([])
    expect(code).toBe(0)
  })

  test('plan says what manifests would change, beside the cluster', async () => {
    const { stdout } = await herald('plan', '--without', 'L2Advertisement metallb-system/lan')
    expect(stdout).toContain('default/web')
    const down = await herald('plan', '--down', 'node9')
    expect([down.code, down.stderr]).toEqual([
      2,
      expect.stringContaining('no such node; there are node1 or node2'),
    ])
  })

  test('explain walks through one Service', async () => {
    const { stdout, code } = await herald('explain', 'svc/default/web')
    expect(stdout).toContain('192.168.10.0')
    expect(code).toBe(0)
  })

  test('doctor is content with the roles of the overlay, and finds one verb that is taken away', async () => {
    await cluster.controlPlane.kubectl(
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      await kustomize('overlays/native'),
    )
    const { stdout } = await herald('doctor')
    expect(stdout).toContain(
      'ok       access of the controller: ServiceAccount metallb-system/herald-controller has all it needs',
    )
    expect(stdout).toContain(
      'ok       access of the speaker: ServiceAccount metallb-system/herald-speaker has all it needs',
    )
    const rules = [
      { apiGroups: [''], resources: ['services', 'nodes', 'namespaces'], verbs: ['list', 'watch'] },
    ]
    await cluster.api.patch('/apis/rbac.authorization.k8s.io/v1/clusterroles/herald-speaker', { rules })
    const after = await herald('doctor')
    expect(after.stdout).toMatch(
      /may not list endpointslices\.discovery\.k8s\.io, watch endpointslices\.discovery\.k8s\.io/,
    )
  })

  test('doctor finds kube-proxy in IPVS mode without strict ARP, and MetalLB beside Herald', async () => {
    const configuration = (strictARP: boolean): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy', namespace: 'kube-system' },
      data: { 'config.conf': `mode: ipvs\nipvs:\n  strictARP: ${strictARP}\n` },
    })
    const pod = {
      metadata: { labels: { app: 'metallb' } },
      spec: { containers: [{ name: 's', image: 'metallb/speaker:v0' }] },
    }
    const daemonSet = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'speaker', namespace: 'metallb-system' },
      spec: { selector: { matchLabels: { app: 'metallb' } }, template: pod },
    }
    await cluster.apply(configuration(false), daemonSet)
    const seen = async (): Promise<string> => (await herald('doctor')).stdout
    await expect.poll(seen, { timeout: 20_000 }).toContain('found MetalLB (DaemonSet metallb-system/speaker)')
    expect(await seen()).toContain('fault    kube-proxy: found mode ipvs without strictARP')
    await cluster.apply(configuration(true))
    expect(await seen()).toContain('ok       kube-proxy: mode ipvs, with strictARP')
  })

  test('status shows Pods, pools and Services, and what the flags of the speakers decide', async () => {
    const status = await herald('status')
    expect(status.stdout).toMatch(/^default\/web +- +- +- +AwaitingAllocator/m)
    expect(status.code).toBe(1)
    // The DaemonSet's own flags count: it serves another class, so this Service is nobody's.
    const args = {
      op: 'add',
      path: '/spec/template/spec/containers/0/args/-',
      value: '--lb-class=example.com/lb',
    }
    const path = '/apis/apps/v1/namespaces/metallb-system/daemonsets/herald-speaker'
    await cluster.api.patch(path, [args], 'json')
    const other = await herald('plan', '-o', 'json')
    expect((JSON.parse(other.stdout) as { services: object[] }).services).toEqual([])
    const told = await herald('plan', '-o', 'json', '--lb-class', '')
    expect((JSON.parse(told.stdout) as { services: object[] }).services).toMatchObject([
      { reason: 'Assigned' },
    ])
  })

  test('status --watch prints again when something has changed', async () => {
    const env = { KUBECONFIG: cluster.controlPlane.kubeconfig() }
    const argv = [process.execPath, program.script, 'status', '--watch', '--lb-class', '']
    const watching = cluster.node(CONTROL_PLANE).spawn(argv, { name: 'herald status', env })
    await watching.waitForLine(/^default\/web /)
    await cluster.apply({ ...web, metadata: { name: 'late', namespace: 'default' } })
    await watching.waitForLine(/^default\/late /)
    await until(
      'the other Service to be printed again',
      () => watching.lines.filter((line) => line.startsWith('default/web ')).length > 1,
    )
    await watching.stop()
    await cluster.kubectl('delete', 'service', 'late')
  })

  test('plan goes by the nodes that answer now, where the election keeps holders', async () => {
    const placed = async (): Promise<unknown> => {
      const { stdout } = await herald('plan', '--lb-class', '', '--election', 'stable', '-o', 'json')
      const { services } = JSON.parse(stdout) as { services: { announcements: { nodes: string[] }[] }[] }
      return services.map(({ announcements }) => announcements.map(({ nodes }) => nodes))
    }
    expect(await placed()).toEqual([[['node2']]])
    await cluster.api.patch('/api/v1/namespaces/default/services/web/status', {
      status: { loadBalancer: { ingress: [{ ip: '192.168.10.0' }] } },
    })
    await cluster.apply({
      apiVersion: 'metallb.io/v1beta1',
      kind: 'ServiceL2Status',
      metadata: { name: 'l2-web', namespace: 'metallb-system' },
    })
    await cluster.api.patch(
      '/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses/l2-web/status',
      {
        status: { node: 'node1', serviceName: 'web', serviceNamespace: 'default' },
      },
    )
    expect(await placed()).toEqual([[['node1']]])
  })

  test('a kind that is not there is told, and the rest is decided', async () => {
    await cluster.kubectl('delete', 'crd', 'bfdprofiles.metallb.io')
    const { stdout, code } = await herald('plan', '--lb-class', '')
    expect(stdout).toContain('CustomResourceDefinition bfdprofiles.metallb.io')
    expect(stdout).toContain('192.168.10.0')
    expect(code).toBe(1)
    expect((await herald('doctor')).stdout).toContain('found no bfdprofiles.metallb.io/v1beta1')
  })

  test('kubectl runs it as a plugin, with its own kubeconfig', async () => {
    const folder = join(cluster.node(CONTROL_PLANE).directory, 'bin')
    mkdirSync(folder)
    symlinkSync(program.script, join(folder, 'kubectl-herald'))
    await run(['sed', '-i', '1i #!/usr/bin/env node', program.script])
    await run(['chmod', '+x', program.script])
    const env = {
      KUBECONFIG: cluster.controlPlane.kubeconfig(),
      PATH: `${folder}${delimiter}${process.env['PATH']}`,
    }
    const kubectl = cluster.controlPlane.program('kubectl')
    const out = await cluster
      .node(CONTROL_PLANE)
      .run([kubectl, 'herald', 'explain', 'web', '--lb-class', ''], { env })
    expect(out).toContain('192.168.10.0')
  })

  test('a server that does not answer is said in one line', async () => {
    await cluster.controlPlane.kill9('kube-apiserver')
    const { code, stderr, stdout } = await herald('status')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^herald status: GET .*: connect ECONNREFUSED .*\n$/)
  })
})
