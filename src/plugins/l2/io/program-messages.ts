/* What the loop driver and its program say to each other. */
import type { LinkFacts } from '../interfaces.ts'
import type { EngineEvent, EngineInit, L2Delta } from '../protocol.ts'

export interface ProgramInit extends EngineInit {
  /** Tell the main thread of all links too, before the engine's events about them. */
  readonly tellLinks: boolean
}

export interface ToProgram {
  readonly seq: number
  readonly delta: L2Delta
}

export type FromProgram =
  | { readonly kind: 'applied'; readonly seq: number }
  /** The first `interfaces` event says that the engine is ready. */
  | { readonly kind: 'event'; readonly event: EngineEvent }
  | { readonly kind: 'links'; readonly links: readonly LinkFacts[] }
