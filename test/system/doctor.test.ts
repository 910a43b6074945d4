/* herald doctor --node in namespaces that have what people trip over, and heartbeats that a firewall drops. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Finding } from '#app/doctor/finding.ts'
import { checkHeartbeats } from '#app/doctor/members.ts'
import { type CommandResult, type LabNode, until } from '#lab/index.ts'

import { bundleProgram, type Program } from './program.ts'
import { Cluster } from './standalone-cluster.ts'

let program: Program
let cluster: Cluster

beforeAll(async () => {
  program = await bundleProgram()
  cluster = await Cluster.make(program)
})
afterAll(async () => {
  await cluster?.dispose()
  program?.remove()
})

async function diagnose(
  node: LabNode,
  ...before: readonly string[]
): Promise<{ readonly code: CommandResult['code']; readonly findings: Readonly<Record<string, Finding>> }> {
  const argv = [...before, process.execPath, program.script, 'doctor', '--node', '-o', 'json']
  const { stdout, code } = await node.exec(argv)
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] }
  return { code, findings: Object.fromEntries(findings.map((finding) => [finding.check, finding])) }
}

describe('herald doctor --node', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { code, findings } = await diagnose(cluster.lab.node('node1'))
    expect(Object.values(findings).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(code).toBe(0)
  })

  it('finds what is wrong, each with its remedy', async () => {
    const node = cluster.lab.node('node2')
    await node.run(['ip', 'link', 'add', 'kube-ipvs0', 'type', 'bridge'])
    await node.run([
      'ip',
      'link',
      'add',
      'flannel.1',
      'mtu',
      '1500',
      'type',
      'vxlan',
      'id',
      '1',
      'dstport',
      '8472',
    ])
    await node.run(['ip', 'link', 'set', 'flannel.1', 'up'])
    await node.run(['sysctl', '-qw', 'net.ipv4.conf.eth0.rp_filter=1'])
    const script =
      "require('net').createServer().listen(179); require('dgram').createSocket('udp4').bind(7473)"
    node.spawn([process.execPath, '-e', script], { name: 'a stranger' })
    const found = await until('a stranger on both ports', async () => {
      const found = await diagnose(node)
      return found.findings['heartbeat port 7473']?.verdict === 'fault' && found
    })
    expect(found.code).toBe(1)
    const { findings } = found
    expect(findings['strict ARP']).toMatchObject({ verdict: 'fault', remedy: /strictARP: true/ as never })
    expect(findings['MTU']?.message).toContain('found 1500 on flannel.1, which does not fit into 1500')
    expect(findings['reverse path filter']?.remedy).toContain('net.ipv4.conf.eth0.rp_filter=2')
    expect(findings['port 179']).toMatchObject({
      verdict: 'warning',
      message: `found it taken by ${process.execPath}`,
    })
    expect(findings['heartbeat port 7473']?.message).toBe(`found it taken by ${process.execPath}`)
  })

  it('misses the capabilities that a Pod was not given', async () => {
    const drop = ['setpriv', '--bounding-set=-all,+net_raw', '--inh-caps=-all']
    const { code, findings } = await diagnose(cluster.lab.node('node1'), ...drop)
    expect(findings['capabilities']?.message).toContain('found no NET_BIND_SERVICE')
    expect(code).toBe(0)
    const none = await diagnose(
      cluster.lab.node('node1'),
      'setpriv',
      '--bounding-set=-all',
      '--inh-caps=-all',
    )
    expect(none.findings['capabilities']).toMatchObject({ verdict: 'fault' })
    expect(none.code).toBe(1)
  })
})

describe('heartbeats', () => {
  it('that a firewall drops are found in the metrics of every node', async () => {
    const names = ['node1', 'node3'] as const
    for (const name of names) await cluster.lab.node(name).run(['nft', 'add', 'table', 'inet', 'block'])
    for (const name of names) cluster.start(name, '--metrics-address', ':7472')
    const endpoints = names.map((node) => ({ node, host: '127.0.0.1', port: 7472 }))
    const examine = (): Promise<Finding[]> =>
      checkHeartbeats(endpoints, 7473, async ({ node, host, port }) => {
        const { code, stdout } = await cluster.lab
          .node(node)
          .exec(['curl', '-s', `http://${host}:${port}/metrics`])
        return code === 0 ? stdout : undefined
      })
    // node2 runs nothing: each of the two hears the other.
    await until('both to hear each other', async () =>
      (await examine()).every(({ message }) => message === 'does not hear 1 of 3 nodes'),
    )
    const node = cluster.lab.node('node1')
    const chain = '{ type filter hook input priority 0; }'
    await node.run(['nft', `add chain inet block input ${chain}`])
    await node.run(['nft', 'add rule inet block input udp dport 7473 drop'])
    const findings = await until('the silence to be noticed', async () => {
      const found = await examine()
      return found[0]?.verdict === 'fault' && found
    })
    expect(findings[0]?.message).toContain('hears none of the 2 others')
    expect(findings[0]?.remedy).toContain('allow UDP port 7473 between the nodes')
  })
})
