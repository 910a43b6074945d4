/* A cluster: wishes are annotations, and the ServiceL2Statuses and ServiceBGPStatuses say who serves what. */
import { statusAddresses } from '#core/allocator/status.ts'
import type { Address } from '#core/model/address.ts'
import type { Facts } from '#core/model/facts.ts'
import { nameOf, placeOf } from '#core/model/objects.ts'
import { drainAnnotation, moveAnnotation } from '#core/moves/wishes.ts'

import { announcementIn } from '../kubernetes/api/announcement.ts'
import type { ApiClient } from '../kubernetes/api/client.ts'
import { resources, type Resource } from '../kubernetes/api/resources.ts'
import type { MovePlace, Seen, Serving } from './place.ts'

export class ClusterPlace implements MovePlace {
  readonly lookEvery = 500
  private readonly client: ApiClient
  private readonly namespace: string
  /** With who holds what, where the election asks for it. */
  private readonly readFacts: () => Promise<Facts>
  /** By `namespace/name`, as last read: they stay while owners move. */
  private addresses: ReadonlyMap<string, readonly Address[]> = new Map()

  constructor(client: ApiClient, namespace: string, readFacts: () => Promise<Facts>) {
    this.client = client
    this.namespace = namespace
    this.readFacts = readFacts
  }

  async read(): Promise<Seen> {
    const facts = await this.readFacts()
    this.addresses = new Map(facts.services.map((service) => [nameOf(service), statusAddresses(service)]))
    return { facts, serving: await this.serving() }
  }

  serving(): Promise<Serving> {
    return this.namedIn(resources.serviceL2Statuses)
  }

  routes(): Promise<Serving> {
    return this.namedIn(resources.serviceBGPStatuses)
  }

  async drain(name: string, why: string | undefined): Promise<void> {
    const annotations = { [drainAnnotation]: why ?? null }
    await this.client.patch(resources.nodes, { name }, { metadata: { annotations } })
  }

  async move(wishes: ReadonlyMap<string, string | undefined>): Promise<void> {
    for (const [service, node] of wishes) {
      const annotations = { [moveAnnotation]: node ?? null }
      await this.client.patch(resources.services, placeOf(service), { metadata: { annotations } })
    }
  }

  private async namedIn(resource: Resource): Promise<Serving> {
    const statuses = await this.client.list(resource, { namespace: this.namespace })
    const serving = new Map<Address, Set<string>>()
    for (const raw of statuses) {
      const { node, service } = announcementIn(raw)
      if (node === undefined || service === undefined) continue
      for (const address of this.addresses.get(service) ?? [])
        serving.set(address, (serving.get(address) ?? new Set()).add(node))
    }
    return serving
  }
}
