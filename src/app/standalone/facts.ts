/* What the folder and its state say, as facts for the decisions. */
import type { Facts, Holder, Quarantined, Returns, Settings } from '#core/model/facts.ts'
import { nameOf, type NodeObject, type ServiceObject } from '#core/model/objects.ts'
import type { Sha256 } from '#core/ports.ts'

import type { ManifestSet } from '../manifests/merge.ts'
import type { Holdings } from './term/term-file.ts'
import type { Written } from './term/term-keeper.ts'

export interface FactsInput {
  readonly set: ManifestSet
  readonly written: Written
  readonly settings: Settings
  readonly dead: ReadonlySet<string>
  /** Both where the election asks for them. */
  readonly holders?: readonly Holder[] | undefined
  readonly returns?: Returns | undefined
  readonly quarantine?: readonly Quarantined[] | undefined
  readonly sha256: Sha256
  /** Keyed: stands for a password where a change of it must show. */
  readonly digest: Sha256
}

/** Services as the manifests have them. */
export function factsFrom(input: FactsInput): Facts {
  const { set, written, settings, dead, holders, returns, quarantine, sha256, digest } = input
  const { config, refused, namespaces, endpointSlices, secrets } = set
  return {
    settings,
    config,
    ...(refused === undefined ? {} : { refused }),
    services: set.services,
    nodes: set.nodes ?? loneNode(written),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(endpointSlices === undefined ? {} : { endpointSlices }),
    ...(secrets === undefined ? {} : { secrets }),
    dead,
    ...(holders === undefined ? {} : { holders }),
    ...(returns === undefined ? {} : { returns }),
    ...(quarantine === undefined ? {} : { quarantine }),
    sha256,
    digest,
  }
}

/** The addresses written down are what the Service has, whatever a manifest exported from a cluster says. */
export function withHeld(service: ServiceObject, holdings: Holdings): ServiceObject {
  const held = holdings.get(nameOf(service))
  if (held === undefined) return service
  return { ...service, status: { loadBalancer: { ingress: held.addresses.map((ip) => ({ ip })) } } }
}

/**
 * Without Nodes nobody can say who else there is. The one process that allocates then acts as the only node, so that
 * two processes on one folder never both answer.
 */
function loneNode({ holder }: Written): readonly NodeObject[] {
  if (holder === undefined) return []
  const { node: name } = holder
  return [{ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } } }]
}
