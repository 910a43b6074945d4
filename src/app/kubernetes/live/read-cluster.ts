/*
 * A cluster as it is now, for commands that look once: everything that decides, read through the same projections as the
 * running processes use.
 */
import { sha256 } from '../../system.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import { isStatus } from '../api/errors.ts'
import {
  projectConfig,
  projectEndpointSlice,
  projectNamespace,
  projectNode,
  projectSecret,
  projectService,
} from '../api/projections.ts'
import { markIn, probesIn, type AddressProbe } from '../api/address-probe.ts'
import { configResources, resources, type Resource } from '../api/resources.ts'
import { readHolders } from './holders.ts'
import type { AwaitingServices } from '#core/awaiting-probe.ts'
import { compareAddresses, type Address } from '#core/model/address.ts'
import type { Problem } from '#core/model/decisions.ts'
import type { Facts, Quarantined, Settings } from '#core/model/facts.ts'

export interface ClusterReading {
  readonly facts: Facts
  /** Of objects that cannot be read, and kinds that are not there. */
  readonly problems: readonly Problem[]
  /** None for a person who may not read the questions, and where an older version is installed. */
  readonly pending: AwaitingServices
}

/** Rejects when the server cannot be asked, or something other than a Secret may not be read. */
export async function readCluster(client: ApiClient, settings: Settings): Promise<ClusterReading> {
  const { namespace } = settings
  const [services, nodes, namespaces, slices, secrets, ...config] = await Promise.all([
    client.list(resources.services),
    client.list(resources.nodes),
    client.list(resources.namespaces),
    client.list(resources.endpointSlices),
    readSecrets(client, namespace),
    ...configResources.map((resource) => listOfOurs(client, resource, namespace)),
  ])
  const readings = config.flatMap(({ items }) => items.map(projectConfig(namespace)))
  const probes = await probesIn(client)
  const quarantine = quarantineIn(probes)
  const holders = settings.election === 'stable' ? await readHolders(client, settings, services) : undefined
  const facts: Facts = {
    settings,
    config: readings.flatMap(({ object }) => object ?? []),
    services: services.map(projectService),
    nodes: nodes.map(projectNode),
    namespaces: namespaces.map(projectNamespace),
    endpointSlices: slices.map(projectEndpointSlice),
    ...(secrets === undefined ? {} : { secrets }),
    complete: true,
    ...(holders === undefined ? {} : { holders }),
    ...(quarantine.length === 0 ? {} : { quarantine }),
    dead: new Set(),
    sha256,
  }
  const problems = [
    ...config.flatMap(({ missing }) => missing ?? []),
    ...readings.flatMap((reading) => reading.problems),
  ]
  return { facts, problems, pending: askedIn(probes) }
}

/** Undefined for a person who may not read Secrets: passwords are then taken to exist. */
async function readSecrets(client: ApiClient, namespace: string): Promise<Facts['secrets']> {
  try {
    const fieldSelector = 'type=kubernetes.io/basic-auth'
    const secrets = await client.list(resources.secrets, { namespace, fieldSelector })
    return secrets.map(projectSecret(namespace)).map(({ object }) => object)
  } catch (error) {
    if (isStatus(error, 403)) return undefined
    throw error
  }
}

/** Sorted. */
function quarantineIn(probes: readonly AddressProbe[]): readonly Quarantined[] {
  return probes.flatMap((probe) => markIn(probe) ?? []).sort((a, b) => compareAddresses(a.address, b.address))
}

function askedIn(probes: readonly AddressProbe[]): AwaitingServices {
  const asked = new Map<string, Address[]>()
  for (const { spec } of probes) {
    if (spec.quarantine !== undefined) continue
    for (const service of spec.services) asked.set(service, [...(asked.get(service) ?? []), spec.address])
  }
  return new Map([...asked].map(([service, addresses]) => [service, { kind: 'asked', addresses }]))
}

interface Listed {
  readonly items: readonly RawObject[]
  readonly missing?: Problem
}

async function listOfOurs(client: ApiClient, resource: Resource, namespace: string): Promise<Listed> {
  try {
    return { items: await client.list(resource, { namespace }) }
  } catch (error) {
    if (!isStatus(error, 404)) throw error
    return { items: [], missing: missingKind(resource) }
  }
}

function missingKind({ group, version, plural, kind }: Resource): Problem {
  const object = `CustomResourceDefinition ${plural}.${group}`
  const message = `found no kind ${kind} of ${group}/${version} in the API server, allowed: the definitions of deploy/crds`
  return { object, field: '', reason: 'MissingKind', message }
}
