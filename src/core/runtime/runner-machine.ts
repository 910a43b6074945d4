/*
 * The life of one plugin as data. The shell (plugin-runner.ts) performs the effects and feeds their outcomes back.
 *
 *   opening ──opened──► idle ──wanted──► busy ──settled──► idle …            stop ► busy(withdraw) ► closing ► closed
 *      │  ▲                ▲               │ deadline: abort
 *  failed │ timeout        └── settled ────┤
 *      ▼  │                                ▼ grace over
 *    waiting                             stuck (no more calls until the late one settles)
 *
 * Single flight: `reconcile` is called in the transition into busy and nowhere else. Newest wins: busy keeps only the
 * latest wanted state. Every waiting has an end: `until` is when the shell reports `timeout`.
 */
import type { AnnouncerStatus, DesiredState } from '../announcer.ts'
import { later, type Duration, type Instant } from '../model/duration.ts'

export interface RunnerTimes {
  /** How long `open` and `reconcile` may take before their signal aborts. */
  readonly deadline: Duration
  /** How long after the abort they may take to settle before the plugin counts as stuck. */
  readonly grace: Duration
  /** Back-off before try `failures` (1 = after the first failure). */
  readonly retry: (failures: number) => Duration
}

/** What comes after the call in flight. */
type Next = 'continue' | 'withdraw' | 'close'

interface InFlight {
  readonly call: 'open' | 'reconcile'
  readonly doing?: DesiredState
  readonly wanted?: DesiredState
  /** The plugin woke the host meanwhile: reconcile once more. */
  readonly again: boolean
  readonly aborted: boolean
  readonly next: Next
  readonly failures: number
}

export type RunnerState =
  | ({ readonly at: 'busy'; readonly until: Instant } & InFlight)
  | ({ readonly at: 'stuck' } & InFlight)
  | {
      readonly at: 'waiting'
      readonly until: Instant
      readonly failures: number
      readonly wanted?: DesiredState
    }
  | {
      readonly at: 'idle'
      readonly until?: Instant
      readonly failures: number
      readonly wanted?: DesiredState
    }
  | { readonly at: 'closing'; readonly until: Instant }
  | { readonly at: 'closed' }

export type RunnerEvent =
  | { readonly on: 'desire'; readonly desired: DesiredState }
  | { readonly on: 'wake' }
  | { readonly on: 'opened' }
  | { readonly on: 'settled'; readonly status: AnnouncerStatus }
  | { readonly on: 'failed' }
  | { readonly on: 'timeout' }
  | { readonly on: 'stop'; readonly withdraw: boolean }
  | { readonly on: 'closed' }

export type RunnerEffect =
  | { readonly do: 'open' }
  | { readonly do: 'reconcile'; readonly desired: DesiredState }
  | { readonly do: 'abort' }
  | { readonly do: 'discard' }
  | { readonly do: 'close' }

export interface Step {
  readonly state: RunnerState
  readonly effects: readonly RunnerEffect[]
}

type Busy = Extract<RunnerState, { at: 'busy' | 'stuck' }>
type Resting<At extends 'idle' | 'waiting'> = Extract<RunnerState, { at: At }>

export function started(now: Instant, times: RunnerTimes): Step {
  return opening(now, times, { failures: 0 })
}

export function transition(state: RunnerState, event: RunnerEvent, now: Instant, times: RunnerTimes): Step {
  switch (state.at) {
    case 'busy':
    case 'stuck':
      return inFlight(state, event, now, times)
    case 'idle':
      return idle(state, event, now, times)
    case 'waiting':
      return waiting(state, event, now, times)
    case 'closing':
      return event.on === 'closed' || event.on === 'timeout' ? stay({ at: 'closed' }) : stay(state)
    case 'closed':
      return stay(state)
  }
}

function inFlight(state: Busy, event: RunnerEvent, now: Instant, times: RunnerTimes): Step {
  switch (event.on) {
    case 'desire':
      return overtake({ ...state, wanted: event.desired }, now, times)
    case 'wake':
      return stay({ ...state, again: true })
    case 'stop':
      return overtake({ ...state, next: event.withdraw ? 'withdraw' : 'close' }, now, times)
    case 'timeout':
      return state.at === 'stuck' ? stay(state) : overdue(state, now, times)
    case 'opened':
    case 'settled':
      return landed(state, event, now, times)
    case 'failed':
      return crashed(state, now, times)
    case 'closed':
      return stay(state)
  }
}

/** A newer wish ends a reconcile early; an open is worth finishing, whatever is wanted afterwards. */
function overtake(state: Busy, now: Instant, times: RunnerTimes): Step {
  if (state.at === 'stuck') return state.next === 'continue' ? stay(state) : closing(now, times)
  if (state.aborted || (state.call === 'open' && state.next === 'continue')) return stay(state)
  return aborting(state, now, times)
}

/** The deadline passed: ask it to end. The grace after that passed too: on the way out give up, else it is stuck. */
function overdue(state: Extract<Busy, { at: 'busy' }>, now: Instant, times: RunnerTimes): Step {
  if (!state.aborted) return aborting(state, now, times)
  if (state.next !== 'continue') return closing(now, times)
  const { until: _, ...rest } = state
  return stay({ ...rest, at: 'stuck' })
}

function aborting(state: Extract<Busy, { at: 'busy' }>, now: Instant, times: RunnerTimes): Step {
  return { state: { ...state, aborted: true, until: later(now, times.grace) }, effects: [{ do: 'abort' }] }
}

function landed(
  state: Busy,
  event: Extract<RunnerEvent, { on: 'opened' | 'settled' }>,
  now: Instant,
  times: RunnerTimes,
): Step {
  if (state.next !== 'continue') return leaving(state, now, times)
  const needsRetry =
    event.on === 'settled' && event.status.targets.some((target) => target.phase === 'failed')
  const failures = needsRetry ? state.failures + 1 : 0
  const wanted = state.wanted
  if (wanted && (event.on === 'opened' || superseded(state) || state.again)) {
    return reconciling(wanted, { now, times, failures })
  }
  return stay({
    at: 'idle',
    failures,
    ...withWanted(wanted),
    ...(needsRetry ? { until: retryAt(now, times, failures) } : {}),
  })
}

/** A failed open starts over with a fresh instance; a failed reconcile keeps the instance and comes again. */
function crashed(state: Busy, now: Instant, times: RunnerTimes): Step {
  if (state.next !== 'continue')
    return state.call === 'open' ? closing(now, times) : leaving(state, now, times)
  const { wanted } = state
  if (wanted && state.call === 'reconcile' && superseded(state)) {
    return reconciling(wanted, { now, times, failures: state.failures })
  }
  const failures = state.failures + 1
  const rest = { failures, until: retryAt(now, times, failures), ...withWanted(wanted) }
  if (state.call === 'open') return { state: { at: 'waiting', ...rest }, effects: [{ do: 'discard' }] }
  return stay({ at: 'idle', ...rest })
}

/** The call in flight was overtaken: however it ends, it says nothing about the newest wish. */
export function superseded(state: RunnerState): boolean {
  if (state.at !== 'busy' && state.at !== 'stuck') return false
  return state.next !== 'continue' || (state.call === 'reconcile' && state.wanted !== state.doing)
}

function idle(state: Resting<'idle'>, event: RunnerEvent, now: Instant, times: RunnerTimes): Step {
  switch (event.on) {
    case 'desire':
      return reconciling(event.desired, { now, times, failures: 0 })
    case 'wake':
    case 'timeout':
      return state.wanted ? reconciling(state.wanted, { now, times, failures: state.failures }) : stay(state)
    case 'stop':
      return event.withdraw ? withdrawing(state.wanted, now, times) : closing(now, times)
    default:
      return stay(state)
  }
}

/** No instance exists: a wish is kept for when `open` has succeeded. */
function waiting(state: Resting<'waiting'>, event: RunnerEvent, now: Instant, times: RunnerTimes): Step {
  switch (event.on) {
    case 'desire':
      return stay({ ...state, wanted: event.desired })
    case 'timeout':
      return opening(now, times, state)
    case 'stop':
      return stay({ at: 'closed' })
    default:
      return stay(state)
  }
}

/** After the call in flight has settled on the way out: withdraw once if that is still owed, then close. */
function leaving(state: Busy, now: Instant, times: RunnerTimes): Step {
  const withdrawn = state.doing?.targets.length === 0 && !state.aborted
  return state.next === 'withdraw' && !withdrawn
    ? withdrawing(state.wanted ?? state.doing, now, times)
    : closing(now, times)
}

function withdrawing(last: DesiredState | undefined, now: Instant, times: RunnerTimes): Step {
  if (!last) return closing(now, times)
  const empty: DesiredState = { generation: last.generation + 1, targets: [], resources: last.resources }
  const step = reconciling(empty, { now, times, failures: 0 })
  return { ...step, state: { ...(step.state as Busy), next: 'close' } }
}

function opening(
  now: Instant,
  times: RunnerTimes,
  from: { readonly failures: number; readonly wanted?: DesiredState },
): Step {
  const state: RunnerState = {
    at: 'busy',
    call: 'open',
    until: later(now, times.deadline),
    again: false,
    aborted: false,
    next: 'continue',
    failures: from.failures,
    ...withWanted(from.wanted),
  }
  return { state, effects: [{ do: 'open' }] }
}

function reconciling(
  desired: DesiredState,
  { now, times, failures }: { readonly now: Instant; readonly times: RunnerTimes; readonly failures: number },
): Step {
  const state: RunnerState = {
    at: 'busy',
    call: 'reconcile',
    doing: desired,
    wanted: desired,
    until: later(now, times.deadline),
    again: false,
    aborted: false,
    next: 'continue',
    failures,
  }
  return { state, effects: [{ do: 'reconcile', desired }] }
}

function closing(now: Instant, times: RunnerTimes): Step {
  return { state: { at: 'closing', until: later(now, times.grace) }, effects: [{ do: 'close' }] }
}

const stay = (state: RunnerState): Step => ({ state, effects: [] })
const retryAt = (now: Instant, times: RunnerTimes, failures: number): Instant =>
  later(now, times.retry(failures))
const withWanted = (wanted: DesiredState | undefined): { readonly wanted?: DesiredState } =>
  wanted ? { wanted } : {}
