/* What may change between two decisions. */
import type { ConfigObject, EndpointSliceObject, NamespaceObject, NodeObject } from '../model/objects.ts'
import type { SecretObject, ServiceObject } from '../model/objects.ts'
import type { Holder, Quarantined, Returns, ShutPath } from '../model/facts.ts'

export type FactChange =
  /** `name`: `namespace/name`; without an object: deleted. */
  | { readonly kind: 'service'; readonly name: string; readonly object?: ServiceObject }
  /** The source of the assignments says something new of the Service, `namespace/name`, of its own accord. */
  | { readonly kind: 'assignment'; readonly service: string }
  /** All slices of one Service; absent: the input has none. */
  | { readonly kind: 'endpoints'; readonly service: string; readonly slices?: readonly EndpointSliceObject[] }
  /** Without an object: deleted. */
  | { readonly kind: 'node'; readonly name: string; readonly object?: NodeObject }
  /** All nodes thought dead. */
  | { readonly kind: 'dead'; readonly nodes: ReadonlySet<string> }
  /** All holders. */
  | { readonly kind: 'holders'; readonly holders: readonly Holder[] }
  /** All that is in quarantine. */
  | { readonly kind: 'quarantine'; readonly quarantine: readonly Quarantined[] }
  /** All data paths that are shut. */
  | { readonly kind: 'shut-paths'; readonly shutPaths: readonly ShutPath[] }
  /** All returns, or another instant. */
  | { readonly kind: 'returns'; readonly returns: Returns }
  /** All objects of our own kinds, and what they refer to. */
  | {
      readonly kind: 'config'
      readonly objects: readonly ConfigObject[]
      readonly namespaces?: readonly NamespaceObject[]
      readonly secrets?: readonly SecretObject[]
      readonly refused?: readonly string[]
    }
