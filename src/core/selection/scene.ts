/* Everything the outcome of a Service is read from: who may announce what, and who owns it. */
import { claimsOf, type Claim } from './claims.ts'
import { contestsOf } from './contest.ts'
import { endpointsOf, slicesByService } from './endpoint-view.ts'
import { Landscape } from './landscape.ts'
import { nodeViews } from './node-view.ts'
import { decideOwners, type Owners } from './owners.ts'
import { serviceView, type ServiceView } from './service-view.ts'
import { SharingGroups } from './sharing-groups.ts'
import { NodeHashes } from '../election/node-hashes.ts'
import type { Order } from '../election/order.ts'
import type { Config } from '../model/config.ts'
import type { Assignment } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf } from '../model/objects.ts'

export interface Scene {
  readonly landscape: Landscape
  readonly services: ReadonlyMap<string, ServiceView>
  readonly sharing: SharingGroups
  readonly order: Order
  readonly owners: Owners
  /** False: the input has no Nodes, so any node beyond those it names may announce as well. */
  readonly nodesKnown: boolean
}

export function sceneOf(facts: Facts, config: Config, assignments: readonly Assignment[]): Scene {
  const landscape = new Landscape(config, facts.settings, nodeViews(facts), facts.shutPaths)
  const services = serviceViews(facts, assignments)
  const sharing = new SharingGroups()
  for (const { name, addresses } of services.values()) sharing.set(name, addresses)
  const order = { kind: facts.settings.l2Candidates, hashes: new NodeHashes(facts.sha256) }
  const contests = sharing
    .all()
    .flatMap((group) => contestsOf(group.address, claimsOfAll(landscape, services, group.services)))
  const owners = decideOwners(facts, landscape, order, contests)
  return { landscape, services, sharing, order, owners, nodesKnown: facts.nodes !== undefined }
}

/** The claims of several Services, by name. */
export function claimsOfAll(
  landscape: Landscape,
  services: ReadonlyMap<string, ServiceView>,
  names: Iterable<string>,
): Claim[] {
  return [...names].flatMap((name) => {
    const service = services.get(name)
    return service === undefined ? [] : claimsOf(landscape, service)
  })
}

function serviceViews(facts: Facts, assignments: readonly Assignment[]): Map<string, ServiceView> {
  const objects = new Map(facts.services.map((service) => [nameOf(service), service]))
  const slices = slicesByService(facts)
  const views = new Map<string, ServiceView>()
  for (const assignment of assignments) {
    const object = objects.get(assignment.service)
    if (object === undefined) continue
    const endpoints = endpointsOf(slices.get(assignment.service), facts)
    views.set(assignment.service, serviceView(object, assignment, endpoints))
  }
  return views
}
