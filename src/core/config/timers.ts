/* The timers of a BGPPeer: Go durations in, whole seconds as Go durations (`90s`) out, one derived from the other. */
import type { Examination } from './inspection.ts'
import { parseGoDuration } from '../model/go-duration.ts'
import type { BGPPeerObject } from '../model/objects.ts'
import { quote } from '../model/wording.ts'

type TimerName = 'holdTime' | 'keepaliveTime' | 'connectTime'

/** Those that the peer leaves to its announcer are absent. */
export type Timers = Readonly<Partial<Record<TimerName, string>>>

/** The Hold Time of an OPEN has 16 bits (RFC 4271 §4.2), FRR's connect timer as well. */
const mostSeconds = 65_535

export function checkTimers({ spec }: BGPPeerObject, exam: Examination): Timers {
  const hold = secondsIn('holdTime', spec.holdTime, exam)
  const keepalive = secondsIn('keepaliveTime', spec.keepaliveTime, exam)
  const connect = secondsIn('connectTime', spec.connectTime, exam)
  const faults = [checkHold(hold), checkKeepalive(keepalive, hold), checkConnect(connect)]
  for (const fault of faults) if (fault !== undefined) exam.refuse(fault.field, 'InvalidTimer', fault.message)
  return {
    ...asText('holdTime', hold ?? (keepalive === undefined ? undefined : keepalive * 3)),
    ...asText('keepaliveTime', keepalive ?? (hold === undefined ? undefined : hold / 3)),
    ...asText('connectTime', connect),
  }
}

interface TimerFault {
  readonly field: string
  readonly message: string
}

/** RFC 4271 §4.2: the Hold Time is zero or at least three seconds. */
function checkHold(hold: number | undefined): TimerFault | undefined {
  if (hold === undefined || hold === 0 || (hold >= 3 && hold <= mostSeconds)) return undefined
  return timerFault('holdTime', hold, `0s (no keepalives at all), or 3s to ${mostSeconds}s`)
}

/** RFC 4271 §4.4: keepalives go out at most once per second, none at all when the Hold Time is zero. */
function checkKeepalive(keepalive: number | undefined, hold: number | undefined): TimerFault | undefined {
  if (keepalive === undefined) return undefined
  const most = hold ?? Math.floor(mostSeconds / 3)
  if (keepalive > most) return timerFault('keepaliveTime', keepalive, keepaliveLimit(hold, most))
  if (keepalive === 0 ? (hold ?? 0) === 0 : keepalive >= 1) return undefined
  const unless = keepalive === 0 ? ' (0s only with a hold time of 0s)' : ''
  return timerFault('keepaliveTime', keepalive, `1s or more${unless}`)
}

function keepaliveLimit(hold: number | undefined, most: number): string {
  return hold === undefined
    ? `at most ${most}s`
    : `at most the hold time of ${hold}s (keepalive must be lower than hold)`
}

function checkConnect(connect: number | undefined): TimerFault | undefined {
  if (connect === undefined) return undefined
  if (Number.isInteger(connect) && connect >= 1 && connect <= mostSeconds) return undefined
  return timerFault('connectTime', connect, `whole seconds from 1s to ${mostSeconds}s`)
}

function timerFault(name: TimerName, found: number, allowed: string): TimerFault {
  return { field: `spec.${name}`, message: `found ${found}s, allowed: ${allowed}` }
}

function secondsIn(name: TimerName, text: string | undefined, { refuse }: Examination): number | undefined {
  if (text === undefined) return undefined
  const duration = parseGoDuration(text)
  if (duration !== undefined) return duration / 1000
  refuse(`spec.${name}`, 'InvalidTimer', `found ${quote(text)}, allowed: a duration as 90s, 1m30s or 500ms`)
  return undefined
}

function asText(name: TimerName, seconds: number | undefined): Timers {
  return seconds === undefined ? {} : { [name]: `${Math.floor(seconds)}s` }
}
