/* The connection to gobgpd as a state machine: it is wanted from open to close, and tried again for ever in between. */
import { milliseconds, type Duration } from '#core/model/duration.ts'

export type LinkState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'connecting'; readonly failures: number }
  | { readonly kind: 'up' }
  | { readonly kind: 'waiting'; readonly failures: number; readonly problem: string }

export type LinkEvent =
  | { readonly kind: 'open' }
  | { readonly kind: 'connected' }
  /** The attempt failed, or what was up broke. */
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'waited' }
  | { readonly kind: 'close' }

export type LinkEffect =
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'wait'; readonly delay: Duration }
  | { readonly kind: 'stopWaiting' }
  | { readonly kind: 'cameUp' }
  | { readonly kind: 'wentDown'; readonly problem: string }

export interface LinkStep {
  readonly state: LinkState
  readonly effects: readonly LinkEffect[]
}

export const closedLink: LinkState = { kind: 'closed' }

export function transition(state: LinkState, event: LinkEvent): LinkStep {
  switch (event.kind) {
    case 'open':
      return state.kind === 'closed' ? connecting(0) : unchanged(state)
    case 'connected':
      return state.kind === 'connecting'
        ? { state: { kind: 'up' }, effects: [{ kind: 'cameUp' }] }
        : unchanged(state)
    case 'failed':
      return failed(state, event.problem)
    case 'waited':
      return state.kind === 'waiting' ? connecting(state.failures) : unchanged(state)
    case 'close':
      return { state: closedLink, effects: [{ kind: 'stopWaiting' }, { kind: 'disconnect' }] }
  }
}

function failed(state: LinkState, problem: string): LinkStep {
  switch (state.kind) {
    case 'up':
      return down(1, problem)
    case 'connecting':
      return down(state.failures + 1, problem)
    case 'closed':
    case 'waiting':
      return unchanged(state)
  }
}

function connecting(failures: number): LinkStep {
  return { state: { kind: 'connecting', failures }, effects: [{ kind: 'connect' }] }
}

function down(failures: number, problem: string): LinkStep {
  return {
    state: { kind: 'waiting', failures, problem },
    effects: [
      { kind: 'disconnect' },
      { kind: 'wentDown', problem },
      { kind: 'wait', delay: retryDelay(failures) },
    ],
  }
}

/** 100 ms at first, doubling to 3.2 s: a gobgpd that restarts is back within a second. */
function retryDelay(failures: number): Duration {
  return milliseconds(100 * 2 ** Math.min(failures - 1, 5))
}

function unchanged(state: LinkState): LinkStep {
  return { state, effects: [] }
}
