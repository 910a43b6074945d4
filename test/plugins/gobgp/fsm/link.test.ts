import { describe, expect, it } from 'vitest'

import {
  closedLink,
  transition,
  type LinkEvent,
  type LinkState,
  type LinkStep,
} from '#plugins/gobgp/fsm/link.ts'

function after(...events: LinkEvent[]): LinkStep {
  let step: LinkStep = { state: closedLink, effects: [] }
  for (const event of events) step = transition(step.state, event)
  return step
}

const open: LinkEvent = { kind: 'open' }
const failed: LinkEvent = { kind: 'failed', problem: 'refused' }
const waited: LinkEvent = { kind: 'waited' }

function delayOf({ effects }: LinkStep): number | undefined {
  return effects.flatMap((effect) => (effect.kind === 'wait' ? [effect.delay] : []))[0]
}

describe('the link to gobgpd', () => {
  it('connects when it is opened, and is up when that succeeds', () => {
    expect(after(open)).toEqual({
      state: { kind: 'connecting', failures: 0 },
      effects: [{ kind: 'connect' }],
    })
    expect(after(open, { kind: 'connected' })).toEqual({
      state: { kind: 'up' },
      effects: [{ kind: 'cameUp' }],
    })
  })

  it('is tried again ever more slowly, up to 3.2 s', () => {
    const events: LinkEvent[] = [open]
    const delays = Array.from({ length: 8 }, () => {
      events.push(failed)
      const delay = delayOf(after(...events))
      events.push(waited)
      return delay
    })
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 3200, 3200])
  })

  it('that breaks is tried again soon, and what it was about is said', () => {
    const { state, effects } = after(open, failed, waited, failed, waited, { kind: 'connected' }, failed)
    expect(state).toEqual({ kind: 'waiting', failures: 1, problem: 'refused' })
    expect(effects).toEqual([
      { kind: 'disconnect' },
      { kind: 'wentDown', problem: 'refused' },
      { kind: 'wait', delay: 100 },
    ])
  })

  it('that was closed stays closed, whatever arrives late', () => {
    const { state, effects } = after(open, { kind: 'close' })
    expect([state, effects]).toEqual([closedLink, [{ kind: 'stopWaiting' }, { kind: 'disconnect' }]])
    for (const late of [failed, waited, { kind: 'connected' } as const])
      expect(transition(closedLink, late)).toEqual({ state: closedLink, effects: [] })
  })

  it('hears of each trouble once', () => {
    const down = after(open, failed)
    expect(transition(down.state, failed)).toEqual({ state: down.state, effects: [] })
    const up: LinkState = { kind: 'up' }
    expect(transition(up, open)).toEqual({ state: up, effects: [] })
  })
})
