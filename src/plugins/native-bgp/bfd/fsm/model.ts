/* The vocabulary of the session state machine: the variables of RFC 5880 §6.8.1, by name. */
import type { ControlPacket, Micros } from '../wire/control-packet.ts'
import type { StateName } from '../wire/iana.ts'

/** What the operator asks of our side. */
export interface Parameters {
  readonly transmitInterval: Micros
  readonly receiveInterval: Micros
  /** How often we can return, and send, echo packets; absent: neither. */
  readonly echoInterval?: Micros
  readonly detectMultiplier: number
  /** Silent until the other side speaks. */
  readonly passive: boolean
}

/** What the other side said last. */
export interface Remote {
  /** 0: unknown. */
  readonly discriminator: number
  readonly state: StateName
  readonly desiredMinTx: Micros
  readonly requiredMinRx: Micros
  readonly requiredMinEchoRx: Micros
  readonly detectMultiplier: number
  readonly demand: boolean
}

/** Our two intervals. */
export interface Intervals {
  readonly desiredMinTx: Micros
  readonly requiredMinRx: Micros
}

interface Common {
  readonly discriminator: number
  readonly parameters: Parameters
  readonly remote: Remote
  /** What our packets say. */
  readonly told: Intervals
  /** What our timers go by: what makes us slower or stricter waits until the other side has confirmed it (§6.8.3). */
  readonly used: Intervals
  /** A poll sequence is under way; `again`: what we tell changed meanwhile, so that another one must follow. */
  readonly polling: 'no' | 'yes' | 'again'
  /** Why the session last went down; goes into packets. */
  readonly diagnostic: number
}

export type SessionState =
  | (Common & { readonly name: 'AdminDown' })
  | (Common & { readonly name: 'Down' })
  | (Common & { readonly name: 'Init' })
  | (Common & { readonly name: 'Up' })

export type SessionEvent =
  /** A valid packet of this session. */
  | { readonly name: 'PacketReceived'; readonly packet: ControlPacket }
  | { readonly name: 'DetectionTimeExpired' }
  /** No echo packet came back for the echo detection time. */
  | { readonly name: 'EchoLost' }
  | { readonly name: 'Configured'; readonly parameters: Parameters }
  | { readonly name: 'Disabled' }

/** An interval or span of 0 stops what it is about. */
export type Effect =
  /** At once, whatever the transmission timer says. */
  | { readonly do: 'send'; readonly packet: ControlPacket }
  /** Packets leave this often from now on, before jitter. */
  | { readonly do: 'transmitEvery'; readonly interval: Micros }
  /** The session is lost this long after the latest packet. */
  | { readonly do: 'expectWithin'; readonly span: Micros }
  | { readonly do: 'echoEvery'; readonly interval: Micros }
  | { readonly do: 'changed'; readonly change: StateChange }

export interface StateChange {
  readonly from: StateName
  readonly to: StateName
  readonly diagnostic: number
  /** The other side is administratively down: that says nothing about the path (RFC 5882 §3.2). */
  readonly remoteDisabled: boolean
}

export interface Step {
  readonly state: SessionState
  readonly effects: readonly Effect[]
}
