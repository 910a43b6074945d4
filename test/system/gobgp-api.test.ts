import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { createLab, until, type Lab, type LabProcess } from '#lab/index.ts'
import gobgp from '#plugins/gobgp/plugin.ts'

import { enterNamespace, peerResource, target } from './bgp-speaker.ts'
import { PluginSpeaker } from './plugin-speaker.ts'

/** A test authority, and a certificate of it for gobgp.test; both outlive us all. */
const certificates = join(import.meta.dirname, 'fixtures/gobgp-tls')
const ca = join(certificates, 'ca.pem')
const endpoint = '127.0.0.1:50051'
const peer = peerResource('tor', { myASN: 65_001, peerASN: 65_000, peerAddress: '192.0.2.1' })

describe('the API of a real gobgpd over TCP', () => {
  let lab: Lab
  let leave: () => void
  let daemon: LabProcess
  let speaker: PluginSpeaker

  beforeAll(async () => {
    lab = await createLab({
      segments: { net1: {} },
      nodes: { node1: { interfaces: [{ segment: 'net1', addresses: ['192.0.2.11/24'] }] } },
    })
    leave = enterNamespace(lab.node('node1'))
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })
  afterEach(async () => {
    await speaker.close()
    await daemon.stop()
  })

  function start(...options: string[]): void {
    const argv = ['gobgpd', '--api-hosts', endpoint, '--pprof-disable', ...options]
    daemon = lab.node('node1').spawn(argv)
  }

  const tls = ['cert', 'key'].map((part) => {
    const file = join(certificates, part === 'cert' ? 'server.pem' : 'server.key')
    return `--tls-${part}-file=${file}`
  })

  /** Whether it starts before or after Herald. */
  async function announce(config: object): Promise<void> {
    speaker = new PluginSpeaker(gobgp, { endpoint, ...config })
    await speaker.open()
    await speaker.desire({ peers: [peer], targets: [target('203.0.113.1')] })
  }

  function connected(): Promise<true> {
    return until(
      'gobgpd to have our neighbour',
      () => speaker.target('203.0.113.1')?.message?.includes('gobgpd is in state') === true,
    )
  }

  it('is used without TLS where the configuration says so', async () => {
    start()
    await announce({})
    await connected()
    expect(speaker.host.metrics.value('herald_gobgp_connected', {})).toBe(1)
  })

  it('is used with TLS when the certificate is of the authority, and bears the name', async () => {
    start('--tls', ...tls)
    await announce({ tls: { ca, serverName: 'gobgp.test' } })
    await connected()
  })

  it.each([
    ['another name', { tls: { ca, serverName: 'somebody.test' } }],
    ['an unknown authority', { tls: { serverName: 'gobgp.test' } }],
    ['no TLS asked for', {}],
    ['no such file', { tls: { ca: '/nowhere/ca.pem' } }],
  ])('is out of reach with %s', async (_, config) => {
    start('--tls', ...tls)
    await daemon.waitForLine(/gobgpd started/)
    await announce(config)
    await until('the trouble to be said', () => speaker.peer('tor')?.reason === 'DaemonUnreachable')
    expect(speaker.target('203.0.113.1')).toMatchObject({ phase: 'pending', reason: 'NoSessionEstablished' })
  })

  it('that hangs is noticed, and used again when it goes on', async () => {
    start()
    await announce({})
    await connected()
    daemon.freeze()
    await speaker.desire({ targets: [target('203.0.113.2')] })
    expect(speaker.peer('tor')).toMatchObject({ reason: 'DaemonUnreachable' })
    daemon.thaw()
    await until(
      'gobgpd to answer again',
      () => speaker.target('203.0.113.2')?.message?.includes('gobgpd is in state') === true,
    )
  })
})
