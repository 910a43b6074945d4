/*
 * A peer in a VRF, with real traffic. Few kernels that are made for containers have the vrf device: without it the tests
 * hold the announcer to saying what it waits for. No test is skipped on either.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createLab,
  Frr,
  NODE_ASN,
  routedBgp,
  ROUTER_ASN,
  routedTopology,
  until,
  type Lab,
} from '#lab/index.ts'

import { peerResource, target } from './bgp-speaker.ts'
import { FrrSpeaker } from './frr-speaker.ts'

const spec = {
  myASN: NODE_ASN,
  peerASN: ROUTER_ASN,
  peerAddress: '172.16.1.1',
  connectTime: '1s',
  vrf: 'red',
}

describe('a peer in a VRF', () => {
  let lab: Lab
  let router: Frr
  let own: Frr
  let speaker: FrrSpeaker
  let able: boolean

  beforeAll(async () => {
    lab = await createLab(routedTopology({ pods: false, client: true }))
    router = new Frr(lab.node('router'), { config: routedBgp() })
    own = new Frr(lab.node('node1'), { config: '' })
    await Promise.all([router.start(), own.start()])
    able = await kernelHasVrfs()
    speaker = new FrrSpeaker(own)
    await speaker.desire({ peers: [peerResource('tor', spec)], targets: [target('10.254.254.1')] })
  })
  afterAll(async () => {
    await speaker?.close()
    await lab.dispose()
  })

  async function kernelHasVrfs(): Promise<boolean> {
    const { code } = await lab
      .node('router')
      .exec(['ip', 'link', 'add', 'probe', 'type', 'vrf', 'table', '99'])
    if (code === 0) await lab.node('router').ip('link del probe')
    return code === 0
  }

  async function routeOfRouter(): Promise<string | undefined> {
    const routes = await lab.node('router').routes()
    return routes.find(({ dst }) => dst === '10.254.254.1')?.gateway
  }

  it('waits for its VRF, and says so', async () => {
    await until('the peer to be told of', () => speaker.peer('tor')?.message?.includes('VRF'))
    expect(speaker.peer('tor')).toMatchObject({
      state: 'Idle',
      message: expect.stringContaining('Waiting for VRF to be initialized') as string,
    })
    expect(speaker.status.targets[0]).toMatchObject({ phase: 'pending' })
    expect(await routeOfRouter()).toBeUndefined()
  })

  it('has its session and carries traffic once the VRF is there, and only within it', async () => {
    if (!able) return expect(await refusal()).toContain('Unknown device type')
    const node = lab.node('node1')
    await node.ip(
      'link add red type vrf table 10',
      'link set red up',
      'link set eth0 master red',
      // Stands for the proxy that takes the address in.
      'addr add 10.254.254.1/32 dev red',
      'route add default via 172.16.1.1 vrf red',
    )
    await speaker.serving()
    expect(await routeOfRouter()).toBe('172.16.1.11')
    await lab.node('client').run(['ping', '-c', '3', '-i', '0.2', '-W', '2', '10.254.254.1'])
    expect(await own.vtysh('show bgp ipv4 unicast')).not.toContain('10.254.254.1')
    expect(await own.vtysh('show bgp vrf red ipv4 unicast')).toContain('10.254.254.1')
    await speaker.desire({ targets: [] })
    await until('the route to go', async () => (await routeOfRouter()) === undefined)
  })

  async function refusal(): Promise<string> {
    const { stderr } = await lab
      .node('node1')
      .exec(['ip', 'link', 'add', 'red', 'type', 'vrf', 'table', '10'])
    return stderr
  }
})
