import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

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

import { enterNamespace, peerResource, Speaker, target } from './bgp-speaker.ts'

const guidePeer = { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: '172.16.1.1' }

describe('native-bgp and a real FRR router', () => {
  let lab: Lab
  let frr: Frr
  let leave: () => void
  let speaker: Speaker

  beforeAll(async () => {
    lab = await createLab(routedTopology({ pods: false }))
    leave = enterNamespace(lab.node('node1'))
    frr = new Frr(lab.node('router'), { config: routedBgp() })
    await frr.start()
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })
  afterEach(async () => {
    await speaker.close()
  })

  it('puts an IPv4 route into the router’s kernel', async () => {
    speaker = new Speaker()
    await speaker.open()
    await speaker.desire({ peers: [peerResource('tor', guidePeer)], targets: [target('10.254.254.1')] })
    await speaker.established('tor')
    const route = await until('the route', async () =>
      (await lab.node('router').routes()).find(({ dst }) => dst === '10.254.254.1'),
    )
    expect(route).toMatchObject({ gateway: '172.16.1.11', protocol: 'bgp' })
  })
})
