/*
 * The session state machine of RFC 5880 §6.2 and §6.8.
 *
 *   Down ──Down──► Init ──Init, Up──► Up        (what the other side says it is)
 *   Down ──Init─────────────────────► Up
 *   Init, Up ──detection time, AdminDown──► Down;  Up ──Down──► Down
 */
import type { ControlPacket } from '../wire/control-packet.ts'
import { diagnostic, type StateName } from '../wire/iana.ts'
import type { Effect, Intervals, Parameters, Remote, SessionEvent, SessionState, Step } from './model.ts'
import { detectionTime, echoInterval, intervalsIn, packetOf, transmitInterval } from './timing.ts'

/** RFC 5880 §6.8.1: what is assumed of a side that has not spoken. */
const unknownRemote: Remote = {
  discriminator: 0,
  state: 'Down',
  desiredMinTx: 0,
  requiredMinRx: 1,
  requiredMinEchoRx: 0,
  detectMultiplier: 0,
  demand: false,
}

type Enabled = Exclude<StateName, 'AdminDown'>

/** Where a packet leads: by our state, then by the sender's (§6.8.6). */
const successor: Readonly<Record<Enabled, Readonly<Record<StateName, Enabled>>>> = {
  Down: { AdminDown: 'Down', Down: 'Init', Init: 'Up', Up: 'Down' },
  Init: { AdminDown: 'Down', Down: 'Init', Init: 'Up', Up: 'Up' },
  Up: { AdminDown: 'Down', Down: 'Down', Init: 'Up', Up: 'Up' },
}

/** A new session; `discriminator`: unique on this node, not 0. */
export function begin(discriminator: number, parameters: Parameters): Step {
  const told = intervalsIn('Down', parameters)
  const state: SessionState = {
    name: 'Down',
    discriminator,
    parameters,
    remote: unknownRemote,
    told,
    used: told,
    polling: 'no',
    diagnostic: diagnostic.none,
  }
  const interval = transmitInterval(state)
  const first: Effect[] = interval === 0 ? [] : [{ do: 'send', packet: packetOf(state) }]
  return { state, effects: [...first, { do: 'transmitEvery', interval }] }
}

export function transition(before: SessionState, event: SessionEvent): Step {
  const state = step(before, event)
  const replies = repliesTo(state, event)
  return {
    state,
    effects: [...(replies.length > 0 ? replies : news(before, state)), ...consequences(before, state)],
  }
}

function step(state: SessionState, event: SessionEvent): SessionState {
  if (state.name === 'AdminDown') return state
  switch (event.name) {
    case 'PacketReceived':
      return receive(state, event.packet)
    case 'DetectionTimeExpired':
      return expire(state)
    case 'EchoLost':
      return state.name === 'Up' ? enter(state, 'Down', diagnostic.echoFailed) : state
    case 'Configured':
      return tell({ ...state, parameters: event.parameters })
    case 'Disabled':
      return enter(state, 'AdminDown', diagnostic.administrativelyDown)
  }
}

function receive(state: SessionState & { readonly name: Enabled }, packet: ControlPacket): SessionState {
  const heard = { ...(packet.final ? confirmed(state) : state), remote: remoteOf(packet) }
  const next = successor[state.name][packet.state]
  if (next === state.name) return heard
  return enter(heard, next, next === 'Down' ? diagnostic.neighborSignaledDown : diagnostic.none)
}

/** §6.8.4, and §6.8.1 for bfd.RemoteDiscr: whoever comes back may be somebody else. */
function expire(state: SessionState): SessionState {
  const forgotten = { ...state, remote: unknownRemote }
  return state.name === 'Down' ? forgotten : enter(forgotten, 'Down', diagnostic.detectionTimeExpired)
}

/** §6.5: the other side goes by what we told it, so our timers may too. */
function confirmed(state: SessionState): SessionState {
  if (state.polling === 'no') return state
  if (state.polling === 'again') return { ...state, polling: 'yes' }
  return { ...state, polling: 'no', used: state.told }
}

function enter(state: SessionState, name: StateName, reason: number): SessionState {
  const keepsReason = name === 'Init'
  return tell({ ...state, name, diagnostic: keepsReason ? state.diagnostic : reason })
}

/** Says what the parameters ask for in this state; while up, a changed interval needs a poll sequence (§6.8.3). */
function tell(state: SessionState): SessionState {
  const told = intervalsIn(state.name, state.parameters)
  if (state.name !== 'Up') return { ...state, told, used: told, polling: 'no' }
  if (same(told, state.told)) return state
  const used = {
    desiredMinTx: Math.min(told.desiredMinTx, state.used.desiredMinTx),
    requiredMinRx: Math.max(told.requiredMinRx, state.used.requiredMinRx),
  }
  return { ...state, told, used, polling: state.polling === 'no' ? 'yes' : 'again' }
}

/** §6.8.6: a poll is answered at once, whatever the transmission timer says. */
function repliesTo(state: SessionState, event: SessionEvent): Effect[] {
  if (event.name !== 'PacketReceived' || state.name === 'AdminDown' || !event.packet.poll) return []
  return [{ do: 'send', packet: { ...packetOf(state), poll: false, final: true } }]
}

/** §6.8.7: what the other side does not know yet does not wait for the timer; a poll alone does. */
function news(before: SessionState, after: SessionState): Effect[] {
  const [said, packet] = [packetOf(before), packetOf(after)]
  if (transmitInterval(after) === 0 || same({ ...said, poll: packet.poll }, packet)) return []
  return [{ do: 'send', packet }]
}

function consequences(before: SessionState, after: SessionState): Effect[] {
  const effects: Effect[] = []
  const [interval, span, echo] = [transmitInterval(after), detectionTime(after), echoInterval(after)]
  if (interval !== transmitInterval(before)) effects.push({ do: 'transmitEvery', interval })
  if (span !== detectionTime(before)) effects.push({ do: 'expectWithin', span })
  if (echo !== echoInterval(before)) effects.push({ do: 'echoEvery', interval: echo })
  if (after.name !== before.name) effects.push(changed(before, after))
  return effects
}

function changed(before: SessionState, after: SessionState): Effect {
  const remoteDisabled = after.remote.state === 'AdminDown'
  const change = { from: before.name, to: after.name, diagnostic: after.diagnostic, remoteDisabled }
  return { do: 'changed', change }
}

function remoteOf(packet: ControlPacket): Remote {
  return {
    discriminator: packet.myDiscriminator,
    state: packet.state,
    desiredMinTx: packet.desiredMinTx,
    requiredMinRx: packet.requiredMinRx,
    requiredMinEchoRx: packet.requiredMinEchoRx,
    detectMultiplier: packet.detectMultiplier,
    demand: packet.demand,
  }
}

function same<T extends Intervals | ControlPacket>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key])
}
