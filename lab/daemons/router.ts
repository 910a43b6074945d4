/* The router of a topology, by whichever program runs it. */
import type { LabNode } from '../node.ts'
import type { BgpRouter } from './bgp-router.ts'
import { Bird } from './bird.ts'
import { Frr } from './frr.ts'
import { GoBgp } from './gobgp.ts'

export const ROUTER_KINDS = ['frr', 'bird', 'gobgp'] as const

export type RouterKind = (typeof ROUTER_KINDS)[number]

/** Not started yet. */
export function newRouter(kind: RouterKind, node: LabNode, config: BgpRouter): Frr | Bird | GoBgp {
  switch (kind) {
    case 'frr':
      return new Frr(node, { config })
    case 'bird':
      return new Bird(node, { config })
    case 'gobgp':
      return new GoBgp(node, { config })
  }
}
