/*
 * `--frr-render-only`: the file that Herald keeps, judged by FRR itself, and given to an FRR by its operator.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createLab,
  Frr,
  NODE_ASN,
  ROUTER_ASN,
  routedBgp,
  routedTopology,
  until,
  type Lab,
} from '#lab/index.ts'

import { metallb, secret, service } from './bgp-suite/manifests.ts'
import { Herald } from './bgp-suite/node.ts'
import { bundleProgram, type Program } from './program.ts'

describe('a Herald that renders only', () => {
  let program: Program | undefined
  let lab: Lab
  let router: Frr
  let herald: Herald
  let file: string

  beforeAll(async () => {
    ;[program, lab] = await Promise.all([bundleProgram(), createLab(routedTopology({ pods: false }))])
    router = new Frr(lab.node('router'), { config: routedBgp({ password: 'sup3rs3cret' }) })
    await router.start()
    const node = lab.node('node1')
    file = join(node.directory, 'frr.conf')
    const flags = ['--frr-render-only', file]
    herald = new Herald({ node, program, backend: 'frr', plugins: {}, flags })
    const tor = {
      myASN: NODE_ASN,
      peerASN: ROUTER_ASN,
      peerAddress: '172.16.1.1',
      passwordSecret: { name: 'tor' },
      bfdProfile: 'fast',
    }
    await herald.put(
      'all.yaml',
      metallb('IPAddressPool', 'main', { addresses: ['203.0.113.0/24', '2001:db8:113::/64'] }),
      metallb('BGPAdvertisement', 'main', { communities: ['65001:7', 'large:65001:1:2'], localPref: 200 }),
      metallb('BFDProfile', 'fast', { transmitInterval: 100 }),
      metallb('BGPPeer', 'tor', tor),
      metallb('BGPPeer', 'link', { myASN: NODE_ASN, dynamicASN: 'external', interface: 'eth0' }),
      secret('tor', 'sup3rs3cret'),
      service('web', '203.0.113.1', '2001:db8:113::1'),
    )
    await herald.start()
  })
  afterAll(async () => {
    await lab?.dispose()
    program?.remove()
  })

  const text = (): string => readFileSync(file, 'utf8')
  const routed = (prefix: string): Promise<unknown> =>
    until(`${prefix} at the router`, async () => {
      const { paths = [] } = await router.showJson<{ paths?: unknown[] }>(`show bgp ipv4 unicast ${prefix}`)
      return paths.length > 0
    })

  it('writes a configuration that FRR finds nothing wrong with', async () => {
    await herald.until('the routes in the file', () => herald.target('203.0.113.1')?.phase === 'serving')
    expect(herald.target('203.0.113.1')?.message).toBe(`in ${file}; what FRR makes of it is not looked at`)
    expect(herald.peer('tor')).toMatchObject({ state: 'Unknown', reason: 'RenderOnly' })
    const checked = await lab.node('node1').run(['vtysh', '-C', '-f', file])
    expect(checked).toBe('')
    // The check does look: a line that FRR does not know is an error.
    const broken = `${file}.broken`
    writeFileSync(broken, `${text()}router bpg 1\n`)
    await expect(lab.node('node1').run(['vtysh', '-C', '-f', broken])).rejects.toThrow()
  })

  it('gives an FRR that is started with it what the router should hear, and later Services as well', async () => {
    const own = new Frr(lab.node('node1'), { config: text() })
    await own.start()
    await routed('203.0.113.1/32')
    await herald.put('more.yaml', service('more', '203.0.113.2'))
    await herald.until('the file to have it', () => text().includes('network 203.0.113.2/32'))
    // What an operator's own tool does: give FRR the new file.
    const handed = join(own.directory, 'handed.conf')
    writeFileSync(handed, text())
    await lab.node('node1').run(['vtysh', '--vty_socket', own.directory, '-f', handed])
    await routed('203.0.113.2/32')
    expect(herald.process.output).not.toContain('sup3rs3cret')
  })
})
