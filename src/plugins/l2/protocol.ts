/* What the announcer (main thread) and the engine (poll-loop thread) say to each other: plain, cloneable values. */
import type { Grant, Observation, Stage, TargetStatus } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import type { L2Config } from './config.ts'

export interface L2Target {
  readonly address: Address
  readonly stage: Stage
  readonly grant?: Grant
  /** Names; absent = all suitable interfaces. */
  readonly interfaces?: readonly string[]
}

/** An address that is about to be handed out, and the question that is put about it. */
export type L2Candidate = Pick<L2Target, 'address' | 'interfaces'> & { readonly question: string }

/** What changed since the last delta; the first one is applied to nothing. */
export interface L2Delta {
  readonly put: readonly L2Target[]
  readonly drop: readonly Address[]
  /** All addresses that other nodes announce, when they are others than before. */
  readonly watch?: readonly Address[]
  /** All candidates, when they are others than before. */
  readonly ask?: readonly L2Candidate[]
}

export interface AddressCounts {
  readonly received: number
  readonly sent: number
  readonly gratuitous: number
  /** Requests left unanswered because the fence is closed. */
  readonly fenced: number
  readonly conflicts: number
}

export type EngineEvent =
  /** Statuses that changed; all those a delta changes come before it settles. */
  | { readonly kind: 'status'; readonly targets: readonly TargetStatus[] }
  | {
      readonly kind: 'conflict'
      readonly address: Address
      readonly hardwareAddress: string
      readonly via: string
    }
  /** Of a candidate: nobody answers, somebody does, or why it could not be asked. */
  | Extract<Observation, { kind: 'candidate' }>
  /** The interfaces that can carry a target, and their subnets. */
  | { readonly kind: 'interfaces'; readonly names: readonly string[]; readonly subnets: readonly string[] }
  /** Counts since the last tally. */
  | {
      readonly kind: 'tally'
      readonly addresses: readonly (readonly [Address, AddressCounts])[]
      /** Frames the kernel refused, by interface. */
      readonly sendErrors: readonly (readonly [string, number])[]
    }

export interface EngineInit {
  readonly config: L2Config
  readonly fence: SharedArrayBuffer
}

/** The announcer's hold on an engine, wherever it runs. */
export interface Driver {
  /** Settles once the engine obeys the delta and has reported the statuses that changed by it. */
  apply(delta: L2Delta): Promise<void>
  close(): Promise<void>
}

export interface DriverEvents {
  engine(event: EngineEvent): void
  /** The engine is gone, unasked. */
  lost(error: string): void
}

/** Settles when the engine knows the node's interfaces. */
export type StartDriver = (init: EngineInit, events: DriverEvents) => Promise<Driver>
