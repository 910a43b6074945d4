/* What `herald status -o json` prints and /api/v1/status answers. */
import type { NodeView } from '../node/view/node-view.ts'

const identity = { apiVersion: 'heraldlb.io/v1alpha1', kind: 'Status' } as const

export interface StatusDocument {
  readonly apiVersion: typeof identity.apiVersion
  readonly kind: typeof identity.kind
  /** Sorted by node. */
  readonly nodes: readonly NodeView[]
}

export function statusDocument(nodes: readonly NodeView[]): StatusDocument {
  return { ...identity, nodes }
}

/** Throws for anything but a Status. */
export function viewsIn(document: unknown): readonly NodeView[] {
  const { kind, nodes } = (document ?? {}) as Partial<StatusDocument>
  if (kind === identity.kind && Array.isArray(nodes)) return nodes as readonly NodeView[]
  throw new Error(`kind: found ${JSON.stringify(kind)}, allowed: ${identity.kind}`)
}
