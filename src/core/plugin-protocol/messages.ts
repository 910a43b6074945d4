/*
 * What the host and a third-party plugin say to each other: one JSON object a line, the same over a worker's port and
 * over the standard streams of a process. docs/plugin-protocol.md is the reference for authors.
 *
 *   host                              plugin
 *   hello (protocols, capabilities) ─►
 *                                   ◄─ hello (protocol chosen, what the plugin is)
 *   check (config)                  ─► ok | failed
 *   open (node, config)             ─► ok | failed
 *   reconcile | change              ─► status | resync | failed          one at a time
 *   fence, ping                     ─► ok, pong                          at any time
 *                                   ◄─ secret, report, log, metric       at any time
 *   secret                          ─►
 *   close                           ─► ok
 */
import type {
  AnnouncerPlugin,
  AnnouncerStatus,
  DesiredState,
  Observation,
  Resource,
  Target,
} from '../announcer.ts'
import type { Address } from '../model/address.ts'
import type { JsonSchema } from '../model/json.ts'
import type { Labels, LogFields, MetricSpec } from '../ports.ts'

/** Versions of the protocol that this host speaks, newest first. */
export const protocols: readonly number[] = [1]

/**
 * What both sides must have before either uses it. `delta`: the host may send `change` instead of `reconcile`.
 * `fence`: the plugin obeys `fence` messages, and is ended when it does not answer one in time. `concurrent`: it answers
 * pings also while a call is in flight.
 */
export type Capability = 'delta' | 'fence' | 'concurrent'

export const capabilities: readonly Capability[] = ['delta', 'fence', 'concurrent']

export type HostMessage =
  | {
      readonly type: 'hello'
      readonly protocols: readonly number[]
      /** Version of Herald, for logs only. */
      readonly herald: string
      readonly capabilities: readonly Capability[]
    }
  | { readonly type: 'check'; readonly id: number; readonly config: unknown }
  | { readonly type: 'open'; readonly id: number; readonly node: string; readonly config: unknown }
  | { readonly type: 'reconcile'; readonly id: number; readonly desired: DesiredState }
  | ({ readonly type: 'change'; readonly id: number } & Change)
  | { readonly type: 'abort'; readonly id: number }
  | ({ readonly type: 'fence'; readonly id: number } & FenceChange)
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'secret'; readonly id: number; readonly data: Readonly<Record<string, string>> }
  | { readonly type: 'secret'; readonly id: number; readonly error: string }

/** From the full set of generation `since` to that of `generation`. */
export interface Change {
  readonly generation: number
  readonly since: number
  /** New targets, and those that differ, as a whole. */
  readonly put: readonly Target[]
  readonly remove: readonly Address[]
  /** All resources, when any of them differs. */
  readonly resources?: Readonly<Record<string, readonly Resource[]>>
}

export interface FenceChange {
  /** Be silent about these at once; this is not a wish but a fact. */
  readonly closed: readonly Address[]
  /** Closed before, and permitted again without another reconcile. */
  readonly opened: readonly Address[]
}

/** What a plugin says of itself: the fields of `AnnouncerPlugin` that are data. */
export interface Description extends Omit<AnnouncerPlugin<unknown>, 'parseConfig' | 'create'> {
  /** The protocol it chose among those that the host speaks. */
  readonly protocol: number
  /** Checked by the host before the plugin's own check. */
  readonly configSchema?: JsonSchema
  readonly capabilities: readonly string[]
}

export type MetricMessage = {
  readonly type: 'metric'
  readonly metric: MetricSpec & { readonly type: 'counter' | 'gauge' | 'histogram' }
  readonly labels: Labels
} & ({ readonly value: number } | { readonly remove: true })

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export type PluginMessage =
  | ({ readonly type: 'hello' } & Description)
  | { readonly type: 'ok'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | ({ readonly type: 'status'; readonly id: number } & AnnouncerStatus)
  | { readonly type: 'resync'; readonly id: number }
  /** `memory`: bytes outside the heap that the process can not see. `dropped`: messages held back since the last one. */
  | { readonly type: 'pong'; readonly id: number; readonly memory?: number; readonly dropped?: number }
  | { readonly type: 'secret'; readonly id: number; readonly namespace?: string; readonly name: string }
  | { readonly type: 'report'; readonly observation: Observation }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string; readonly fields?: LogFields }
  | MetricMessage

export type PluginMessageType = PluginMessage['type']

/** What answers a request of the host. */
export type Answer = Extract<PluginMessage, { type: 'ok' | 'failed' | 'status' | 'resync' | 'pong' }>
