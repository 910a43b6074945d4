/* What manifests say, as facts for the decisions. */
import type { Facts, Settings } from '#core/model/facts.ts'

import { sha256 } from '../system.ts'
import type { ManifestSet } from './merge.ts'

/** Every Node of the input is alive. */
export function factsOf(manifests: ManifestSet, settings: Settings): Facts {
  const { config, refused, services, nodes, namespaces, endpointSlices, secrets } = manifests
  return {
    settings,
    config,
    ...(refused === undefined ? {} : { refused }),
    services,
    ...(nodes === undefined ? {} : { nodes }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(endpointSlices === undefined ? {} : { endpointSlices }),
    ...(secrets === undefined ? {} : { secrets }),
    dead: new Set(),
    sha256,
  }
}
