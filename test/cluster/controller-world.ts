/* What the tests of the controller share: pools, Services in bulk, and what must hold of them. */
import { expect } from 'vitest'

import { until, type ApiObject, type KubeCluster } from '#lab/index.ts'
import { inParallel } from './in-parallel.ts'

export const claimsPath = '/apis/heraldlb.io/v1alpha1/addressclaims'
export const probesPath = '/apis/heraldlb.io/v1alpha1/addressprobes'
const services = '/api/v1/namespaces/default/services'

export function pool(name: string, addresses: readonly string[], spec: object = {}): object {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace: 'metallb-system' },
    spec: { addresses, ...spec },
  }
}

export function service(name: string, spec: object = {}, annotations: Record<string, string> = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }], ...spec },
  }
}

export interface Bulk {
  readonly spec?: object
  readonly annotations?: Record<string, string>
  readonly atOnce?: number
}

export class ControllerWorld {
  readonly cluster: KubeCluster
  /** What the controllers said last, for whoever reads why a test failed. */
  lastWords: () => string = () => ''

  constructor(cluster: KubeCluster) {
    this.cluster = cluster
  }

  create(name: string, spec: object = {}, annotations: Record<string, string> = {}): Promise<ApiObject> {
    return this.cluster.api.create(services, service(name, spec, annotations))
  }

  async createMany(
    prefix: string,
    count: number,
    { spec = {}, annotations = {}, atOnce = 8 }: Bulk = {},
  ): Promise<void> {
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
    await inParallel(names, atOnce, (name) => this.create(name, spec, annotations))
  }

  patch(name: string, patch: object): Promise<ApiObject> {
    return this.cluster.api.patch(`${services}/${name}`, patch)
  }

  async remove(prefix: string): Promise<void> {
    const all = await this.cluster.api.list(services)
    const names = all.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(prefix))
    await inParallel(names, 8, (name) => this.cluster.api.delete(`${services}/${name}`))
  }

  async ips(name: string): Promise<readonly string[]> {
    return ipsOf(await this.cluster.service(name))
  }

  async reason(name: string): Promise<string | undefined> {
    const { status } = await this.cluster.service(name)
    const conditions = (status?.conditions ?? []) as { type: string; reason: string }[]
    return conditions.find(({ type }) => type === 'heraldlb.io/Addressed')?.reason
  }

  /** By Service, of those whose name begins so. */
  async addresses(prefix: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const all = await this.cluster.api.list(services)
    const ours = all.filter(({ metadata }) => metadata.name.startsWith(prefix))
    return new Map(ours.map((object) => [object.metadata.name, ipsOf(object)]))
  }

  async allAddressed(
    prefix: string,
    count: number,
    timeout = 30_000,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const addressed = async (): Promise<ReadonlyMap<string, readonly string[]> | false> => {
      const found = await this.addresses(prefix)
      return [...found.values()].filter((ips) => ips.length > 0).length === count && found
    }
    try {
      return await until(`addresses of ${count} Services ${prefix}`, addressed, { timeout })
    } catch (error) {
      throw new Error(`${String(error)}\n${await this.lacking(prefix)}\n${this.lastWords()}`, {
        cause: error,
      })
    }
  }

  /** Which Services have no address, and what claims say of them. */
  private async lacking(prefix: string): Promise<string> {
    const statuses = await this.addresses(prefix)
    const claims = await this.cluster.api.list(claimsPath)
    const without = [...statuses].filter(([, ips]) => ips.length === 0).map(([name]) => name)
    const lines = without.slice(0, 20).map((name) => {
      const held = claims.filter(({ spec }) =>
        (spec.services as { name: string }[]).some((holder) => holder.name === name),
      )
      return `${name}: claims ${held.map(({ spec }) => `${spec.address} by ${spec.writer}`).join(', ') || 'none'}`
    })
    return [`${statuses.size} Services, ${without.length} of them without address`, ...lines].join('\n')
  }

  /** No address is held twice, and the claims say exactly what the statuses say. */
  async isSound(prefix: string): Promise<void> {
    const statuses = await this.addresses(prefix)
    const ips = [...statuses.values()].flat()
    expect(new Set(ips).size).toBe(ips.length)
    await until(
      'claims that agree with the statuses',
      async () => {
        const claims = await this.cluster.api.list(claimsPath)
        const said = claims
          .flatMap(({ spec }) =>
            (spec.services as { name: string }[]).map(({ name }) => `${name} ${spec.address}`),
          )
          .filter((text) => text.startsWith(prefix))
        const expected = [...statuses].flatMap(([name, list]) => list.map((ip) => `${name} ${ip}`))
        return same(said, expected)
      },
      { timeout: 45_000 },
    )
  }
}

function ipsOf({ status }: ApiObject): readonly string[] {
  return ((status?.loadBalancer?.ingress ?? []) as { ip: string }[]).map(({ ip }) => ip)
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join() === [...b].sort().join()
}
