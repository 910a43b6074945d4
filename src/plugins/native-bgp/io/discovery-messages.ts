/* What router discovery and its program in the poll loop say to each other. */
import type { Address } from '#core/model/address.ts'

export type ToDiscoveryProgram = { readonly op: 'watch' | 'forget'; readonly link: string }

export type FromDiscoveryProgram =
  | { readonly kind: 'found'; readonly link: string; readonly router: Address }
  | { readonly kind: 'unavailable'; readonly link: string; readonly problem: string }
