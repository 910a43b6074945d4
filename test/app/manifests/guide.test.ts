import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { loadManifests } from '#app/manifests/load.ts'
import { nameOf } from '#core/model/objects.ts'

const guide = (name: string): string => join(import.meta.dirname, 'guide', name)

describe('the manifests of the walk-through', () => {
  it('read without a fault, note or assumption', async () => {
    const set = await loadManifests([guide('requests.yaml'), guide('l2.yaml'), guide('bgp.yaml')])
    expect([set.problems, set.notes, set.ignored]).toEqual([[], [], {}])
    expect(set.config.map((object) => `${object.kind} ${nameOf(object)}`)).toEqual([
      'IPAddressPool metallb-system/demo-pool',
      'L2Advertisement metallb-system/demo',
      'IPAddressPool metallb-system/bgp-pool',
      'BGPAdvertisement metallb-system/local',
      'BGPPeer metallb-system/test',
    ])
  })

  it('give Services in the default namespace, as the API server would have completed them', async () => {
    const { services } = await loadManifests([guide('requests.yaml'), guide('l2.yaml')])
    expect(services.map(nameOf)).toEqual([
      'default/metallb-ippool3',
      'default/metallb-ippool4',
      'default/dns-service-tcp',
      'default/dns-service-udp',
      'default/metallb1-cluster',
    ])
    expect(services[4]).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'metallb1-cluster', namespace: 'default', labels: { name: 'metallb' } },
      spec: {
        type: 'LoadBalancer',
        allocateLoadBalancerNodePorts: false,
        externalTrafficPolicy: 'Cluster',
        ports: [{ port: 18081, targetPort: 8080, protocol: 'TCP' }],
        selector: { app: 'metallb-cluster' },
      },
    })
  })

  it('give BGP objects with the defaults of the CRDs', async () => {
    const { config } = await loadManifests([guide('bgp.yaml')])
    expect(config.map(({ spec }) => spec)).toEqual([
      { addresses: ['192.168.10.0/24'], autoAssign: true, avoidBuggyIPs: false },
      { ipAddressPools: ['bgp-pool'], aggregationLength: 32, aggregationLengthV6: 128 },
      {
        myASN: 7776,
        peerASN: 7675,
        peerAddress: '172.16.1.1',
        routerID: '172.16.1.11',
        peerPort: 179,
        disableMP: false,
        dualStackAddressFamily: false,
      },
    ])
  })
})
