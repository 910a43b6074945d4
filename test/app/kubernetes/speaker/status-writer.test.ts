import { describe, expect, it } from 'vitest'

import type { ApiClient, RawObject } from '#app/kubernetes/api/client.ts'
import { resources, type Resource } from '#app/kubernetes/api/resources.ts'
import { serviceStatus, type StatusObject } from '#app/kubernetes/speaker/status-objects.ts'
import { StatusWriter } from '#app/kubernetes/speaker/status-writer.ts'
import { FakeClock, settle } from '#core/fakes/fake-clock.ts'
import { fakeLogger } from '#core/fakes/fake-host.ts'
import { milliseconds } from '#core/model/duration.ts'

/** In place of a hash: no slash in it, and its beginning differs from Service to Service. */
const sha256 = (text: string): string => Array.from(text.replaceAll('/', '-')).reverse().join('')
const reporter = { node: 'node-a', namespace: 'metallb-system', sha256 }

function statusOf(service: string): StatusObject {
  return serviceStatus({ service, protocol: 'layer2', through: ['eth0'] }, reporter)
}

/** A writer before an API server that has the status objects of these Services from before. */
async function writerThatFinds(...services: string[]) {
  const writes: string[] = []
  const found = services.map(statusOf).map(({ name, status }) => ({
    metadata: { name, namespace: 'metallb-system', resourceVersion: '7' },
    status,
  }))
  const noted =
    (verb: string) =>
    async (_: Resource, { name, metadata }: RawObject & { name?: string }) => {
      writes.push(`${verb} ${name ?? metadata.name}`)
      return { metadata: { name: name ?? metadata.name, namespace: 'metallb-system' } }
    }
  const client = {
    page: async (resource: Resource) => ({
      items: resource === resources.serviceL2Statuses ? found : [],
      resourceVersion: '9',
    }),
    watch: () => new Promise(() => {}),
    create: noted('create'),
    apply: noted('apply'),
    delete: noted('delete'),
  } as unknown as ApiClient
  const clock = new FakeClock()
  const writer = new StatusWriter({
    client,
    node: 'node-a',
    namespace: 'metallb-system',
    nodeObject: () => undefined,
    clock,
    random: { next: () => 0.5 },
    log: fakeLogger([]),
    wallClock: () => '2026-01-01T00:00:00Z',
  })
  writer.start()
  await settle()
  const want = async (...wish: Parameters<StatusWriter['want']>): Promise<string[]> => {
    writes.length = 0
    writer.want(...wish)
    await clock.advance(milliseconds(1000))
    return [...writes]
  }
  return { want }
}

describe('status objects that a process before this one has written', () => {
  it('stand while what they say is coming, and are left as they are when it has come', async () => {
    const { want } = await writerThatFinds('default/one', 'default/two')
    expect(await want([statusOf('default/one')], [statusOf('default/two')])).toEqual([])
    expect(await want([statusOf('default/one'), statusOf('default/two')])).toEqual([])
    expect(await want([])).toHaveLength(2)
  })

  it('go when it does not come', async () => {
    const { want } = await writerThatFinds('default/one', 'default/two')
    await want([statusOf('default/one')], [statusOf('default/two')])
    const { name } = statusOf('default/two')
    expect(await want([statusOf('default/one')])).toEqual([`delete ${name}`])
  })

  it('are not made for what is only coming', async () => {
    const { want } = await writerThatFinds()
    expect(await want([], [statusOf('default/one')])).toEqual([])
  })
})
