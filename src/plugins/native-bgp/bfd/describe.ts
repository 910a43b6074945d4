import type { StateChange } from './fsm/model.ts'

const reasons: readonly string[] = [
  'no reason given',
  'nothing heard for the detection time',
  'no echo packet came back',
  'the peer says that it is down',
  'forwarding plane reset',
  'path down',
  'concatenated path down',
  'administratively down',
  'reverse concatenated path down',
]

/** Why a session is not up, in one phrase. */
export function describeDown({ diagnostic, remoteDisabled }: StateChange): string {
  if (remoteDisabled) return 'the peer has switched it off'
  return reasons[diagnostic] ?? `diagnostic ${diagnostic}`
}
