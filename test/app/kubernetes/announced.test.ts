import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { ApiClient, type RawObject } from '#app/kubernetes/api/client.ts'
import { HttpTransport } from '#app/kubernetes/api/transport.ts'
import { Announced } from '#app/kubernetes/status-page/announced.ts'
import { systemClock as clock, systemRandom as random } from '#app/system.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'

import { eventually } from '../eventually.ts'
import { FakeApiServer } from './fake-api-server.ts'
import { silentLog as log } from './silent-log.ts'

const namespace = 'metallb-system'
const l2Path = '/apis/metallb.io/v1beta1/servicel2statuses'
const bgpPath = '/apis/metallb.io/v1beta1/servicebgpstatuses'
const about = { serviceName: 'web', serviceNamespace: 'default' }

const l2: AnnouncerInfo = {
  name: 'l2',
  placement: 'one-node',
  resources: [],
  optionsSchema: {},
  unsupported: [],
}
const thirdParty: AnnouncerInfo = { ...l2, name: 'dns' }

let server: FakeApiServer
let announced: Announced

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  const client = new ApiClient({ transport: new HttpTransport(server.source()), clock, random })
  announced = new Announced({ client, namespace, clock, random, log, except: 'node-a' })
})

afterEach(async () => {
  await announced.stop()
  await server.close()
})

function told(name: string, status: object | undefined): RawObject {
  const creationTimestamp = '2026-11-28T09:00:00Z'
  return {
    metadata: { namespace, name, creationTimestamp },
    ...(status && { status }),
  }
}

describe('what the other nodes say that they announce', () => {
  it('is asked for only when somebody looks', async () => {
    expect(server.seen).toEqual([])
    await announced.elsewhere([])
    expect(server.seen.length).toBeGreaterThan(0)
  })

  it('comes from their status objects, without those of this node and those that are not written yet', async () => {
    server.put(l2Path, told('l2-1', { node: 'node-b', ...about, interfaces: [{ name: 'eth0' }] }))
    server.put(l2Path, told('l2-2', { node: 'node-a', ...about, interfaces: [] }))
    server.put(l2Path, told('l2-3', undefined))
    server.put(bgpPath, told('bgp-1', { node: 'node-b', ...about, peers: ['tor-1'] }))
    const from = { node: 'node-b', service: 'default/web', since: '2026-11-28T09:00:00Z' }
    expect(await announced.elsewhere([l2])).toEqual({
      announcements: [
        { ...from, announcer: 'l2', via: ['eth0'] },
        { ...from, announcer: 'bgp', via: ['tor-1'] },
      ],
      incomplete: false,
    })
  })

  it('is the same value until something changes, and then tells its listeners', async () => {
    const before = await announced.elsewhere([])
    expect(await announced.elsewhere([])).toBe(before)
    let changes = 0
    announced.onChange(() => changes++)
    server.put(l2Path, told('l2-1', { node: 'node-b', ...about }))
    await eventually(async () => {
      expect((await announced.elsewhere([])).announcements).toHaveLength(1)
      expect(changes).toBeGreaterThan(0)
    })
  })

  it('is incomplete where an announcer is used that leaves no such objects', async () => {
    expect(await announced.elsewhere([l2, thirdParty])).toMatchObject({ incomplete: true })
  })
})
