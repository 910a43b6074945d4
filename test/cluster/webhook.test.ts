/* The admission webhook as deploy/ installs it, called by the real kube-apiserver. */
import { X509Certificate } from 'node:crypto'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { issueServer, makeAuthority } from '#app/kubernetes/webhook/certificates.ts'
import { secretData } from '#app/kubernetes/webhook/material.ts'
import { Installation, until, type KubeCluster } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { asked, auditPolicy, granted } from './audit.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { l2Advertisement, pool } from './speakers.ts'

const overlay = fileURLToPath(new URL('fixtures/webhook', import.meta.url))
const secretPath = '/api/v1/namespaces/metallb-system/secrets/herald-webhook'
const configurationPath =
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/herald-webhook'
const name = 'herald-webhook.metallb-system.svc'

describeCluster('the admission webhook', () => {
  let cluster: KubeCluster
  let program: Program
  let herald: Installation

  beforeAll(async () => {
    program = await bundleProgram()
    // The API server reaches Pods without a kube-proxy beside it.
    const controlPlane = { auditPolicy, apiServerFlags: ['--enable-aggregator-routing=true'] }
    cluster = await startCluster({ nodes: ['node1'], kubeProxy: false, controlPlane })
    herald = await Installation.apply(cluster, { overlay, herald: program.script })
    await cluster.apply(pool('lan', '192.168.10.0/24'))
    await called()
  })

  afterAll(async () => {
    await cluster?.dispose()
    program?.remove()
  })

  test('what contradicts the cluster is refused, with object, field, what was found and what is allowed', async () => {
    const { code, stderr } = await apply(pool('more', '192.168.11.0/24', '192.168.10.128/25'))
    expect(code).toBe(1)
    expect(stderr).toContain('admission webhook "configuration.heraldlb.io" denied the request')
    expect(stderr).toContain(
      'IPAddressPool metallb-system/more spec.addresses[1]: found "192.168.10.128/25", which overlaps with already defined CIDR 192.168.10.0/24 of IPAddressPool metallb-system/lan; allowed: addresses that no other entry has',
    )
    expect(await cluster.api.find(poolPath('more'))).toBeUndefined()
  })

  test('what is sound passes, and what may come right is told', async () => {
    expect(await apply(pool('other', '192.168.12.0/24'))).toMatchObject({ code: 0, stderr: '' })
    const { code, stderr } = await apply(l2Advertisement('lan', { ipAddressPools: ['later'] }))
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^Warning: L2Advertisement metallb-system\/lan spec\.ipAddressPools\[0\]: .*"later"/,
    )
    expect(await remove('ipaddresspool', 'other')).toMatchObject({ code: 0 })
  })

  test('nothing else in the cluster is ever asked about', async () => {
    const { webhooks } = await cluster.api.get(configurationPath)
    const rules = (webhooks as { rules: { apiGroups: string[] }[] }[]).flatMap(({ rules }) => rules)
    expect(new Set(rules.flatMap(({ apiGroups }) => apiGroups))).toEqual(
      new Set(['metallb.io', 'heraldlb.io']),
    )
  })

  test('a certificate that is about to expire is renewed by one that the API server trusts', async () => {
    const past = new Date(Date.now() - 80 * 24 * 3600 * 1000)
    const authority = await makeAuthority(past)
    const server = await issueServer(authority, [name], past)
    const old = { bundle: [authority.cert], authorityKey: authority.key, server }
    await cluster.api.patch(secretPath, { data: secretData(old) })
    const renewed = await until('a new certificate', async () => {
      const cert = await certificate()
      return cert.serialNumber !== new X509Certificate(server.cert).serialNumber && cert
    })
    expect(renewed.verify(new X509Certificate(authority.cert).publicKey)).toBe(true)
    expect(Date.parse(renewed.validTo) - Date.now()).toBeGreaterThan(80 * 24 * 3600 * 1000)
    await until('it to be served', async () => (await served()) === renewed.serialNumber)
    await called()
  })

  test('a Secret that somebody deletes is made again, with another authority', async () => {
    const before = await certificate()
    await cluster.api.delete(secretPath)
    await until('another one', async () => {
      const secret = await cluster.api.find(secretPath)
      return secret !== undefined && (await certificate()).issuer !== before.issuer
    })
    await called()
  })

  test('the rights that it is given are used, each of them, and no others', async () => {
    const rights = await granted(cluster, 'webhook')
    const used = asked(cluster.controlPlane, 'controller', 'allow')
    expect(rights.filter((words) => !used.includes(words))).toEqual([])
    expect(asked(cluster.controlPlane, 'controller', 'forbid')).toEqual([])
  })

  test('with no controller everything is taken, and its faults are told when one is back', async () => {
    herald.controller.kill('SIGKILL')
    await herald.controller.exited
    expect(await apply(pool('unasked', '192.168.10.0/25'))).toMatchObject({ code: 0 })
    herald.restart()
    await herald.ready()
    await until('the state to tell of it', async () => {
      const state = '/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates/controller'
      return JSON.stringify((await cluster.api.find(state))?.status ?? {}).includes('192.168.10.0/25')
    })
    await until('an event of it', async () => {
      const events = await cluster.api.list('/api/v1/namespaces/metallb-system/events')
      return events.some(({ reason, involvedObject }) => {
        return reason === 'OverlappingAddresses' && involvedObject.name === 'unasked'
      })
    })
    await called()
    expect(await remove('ipaddresspool', 'unasked')).toMatchObject({ code: 0 })
  })

  /** Settles when the API server asks, and trusts who answers. */
  async function called(): Promise<void> {
    await until(
      'an overlapping pool to be refused',
      async () => {
        const { code, stderr, stdout } = await apply(pool('probe', '192.168.10.0/30'), '--dry-run=server')
        if (code !== 0 && stderr.includes('denied the request')) return true
        throw new Error(`${stdout}${stderr}\n${herald.controller.lines.slice(-5).join('\n')}`)
      },
      { timeout: 30_000, interval: 250 },
    )
  }

  function poolPath(pool: string): string {
    return `/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/${pool}`
  }

  async function certificate(): Promise<X509Certificate> {
    const { data } = await cluster.api.get(secretPath)
    return new X509Certificate(Buffer.from((data as Record<string, string>)['tls.crt'] ?? '', 'base64'))
  }

  /** Serial number of the certificate that the webhook shows. */
  async function served(): Promise<string | undefined> {
    const shake = `openssl s_client -connect 127.0.0.1:9443 -servername ${name} </dev/null | openssl x509 -noout -serial`
    const { stdout } = await cluster.controlPlane.node.exec(['sh', '-c', shake])
    return /serial=(\w+)/.exec(stdout)?.[1]
  }

  function apply(object: object, ...flags: readonly string[]): ReturnType<typeof kubectl> {
    return kubectl(['apply', '-f', '-', ...flags], JSON.stringify(object))
  }

  function remove(kind: string, object: string): ReturnType<typeof kubectl> {
    return kubectl(['delete', kind, object, '-n', 'metallb-system'])
  }

  function kubectl(argv: readonly string[], stdin = ''): ReturnType<typeof cluster.controlPlane.node.exec> {
    const { node, directory } = cluster.controlPlane
    const env = { KUBECONFIG: cluster.controlPlane.kubeconfig(), HOME: directory }
    return node.exec([cluster.controlPlane.program('kubectl'), ...argv], { env, stdin })
  }
})
