import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type {
  Effect,
  Parameters,
  SessionEvent,
  SessionState,
  Step,
} from '#plugins/native-bgp/bfd/fsm/model.ts'
import { begin, transition } from '#plugins/native-bgp/bfd/fsm/session.ts'
import { detectionTime, echoInterval, transmitInterval } from '#plugins/native-bgp/bfd/fsm/timing.ts'
import type { ControlPacket } from '#plugins/native-bgp/bfd/wire/control-packet.ts'
import { stateNames } from '#plugins/native-bgp/bfd/wire/iana.ts'

import { expectGolden } from '../../../../golden-file.ts'
import { controlPackets, upPacket } from '../packets.ts'

const ms = (n: number): number => n * 1000
const parameters: Parameters = {
  transmitInterval: ms(50),
  receiveInterval: ms(50),
  detectMultiplier: 3,
  passive: false,
}

const hear = (change: Partial<ControlPacket>): SessionEvent => ({
  name: 'PacketReceived',
  packet: { ...upPacket, ...change },
})

function after(...events: readonly SessionEvent[]): Step {
  return afterWith(parameters, ...events)
}

function afterWith(given: Parameters, ...events: readonly SessionEvent[]): Step {
  return events.reduce<Step>((step, event) => transition(step.state, event), begin(7, given))
}

const up = [hear({ state: 'Down' }), hear({ state: 'Init' })] as const
/** Up, and the first poll sequence is over. */
const settled = [...up, hear({ final: true })] as const

function sent({ effects }: Step): ControlPacket[] {
  return effects.flatMap((effect) => (effect.do === 'send' ? [effect.packet] : []))
}

function effect<D extends Effect['do']>({ effects }: Step, what: D): Extract<Effect, { do: D }> | undefined {
  return effects.find((one): one is Extract<Effect, { do: D }> => one.do === what)
}

describe('the session machine', () => {
  it('does this in every state for every event', () => {
    const states: readonly SessionState[] = [
      begin(7, parameters).state,
      after(hear({ state: 'Down' })).state,
      after(...settled).state,
      after(...settled, { name: 'Disabled' }).state,
    ]
    const events: readonly [string, SessionEvent][] = [
      ...stateNames.map((state) => [`hears ${state}`, hear({ state })] as [string, SessionEvent]),
      ['hears a poll', hear({ state: 'Up', poll: true })],
      ['detection time expires', { name: 'DetectionTimeExpired' }],
      ['echo lost', { name: 'EchoLost' }],
      ['configured', { name: 'Configured', parameters: { ...parameters, transmitInterval: ms(80) } }],
      ['disabled', { name: 'Disabled' }],
    ]
    const lines = states.flatMap((state) =>
      events.map(([what, event]) => `${state.name} + ${what} → ${told(transition(state, event))}\n`),
    )
    expectGolden('native-bgp/bfd-table.txt', lines.join(''))
  })

  it('speaks first, slowly and without knowing the other side', () => {
    const step = begin(7, parameters)
    expect(sent(step)).toEqual([
      expect.objectContaining({
        state: 'Down',
        myDiscriminator: 7,
        yourDiscriminator: 0,
        desiredMinTx: ms(1000),
        requiredMinRx: ms(50),
      }),
    ])
    expect(effect(step, 'transmitEvery')?.interval).toBe(ms(1000))
  })

  it('says nothing before the other side does where it is passive, and again after losing it', () => {
    const passive = { ...parameters, passive: true }
    expect(begin(7, passive).effects).toEqual([{ do: 'transmitEvery', interval: 0 }])
    const heard = afterWith(passive, hear({ state: 'Down' }))
    expect(sent(heard)).toHaveLength(1)
    expect(effect(transition(heard.state, { name: 'DetectionTimeExpired' }), 'transmitEvery')?.interval).toBe(
      0,
    )
  })

  it('goes by the other side’s multiplier and the slower of both sides’ intervals', () => {
    const fast = after(...settled, hear({ desiredMinTx: ms(10), detectMultiplier: 7 }))
    expect(effect(fast, 'expectWithin')?.span).toBe(7 * ms(50))
    const slow = after(...settled, hear({ desiredMinTx: ms(400), requiredMinRx: ms(300) }))
    expect(effect(slow, 'expectWithin')?.span).toBe(3 * ms(400))
    expect(effect(slow, 'transmitEvery')?.interval).toBe(ms(300))
  })

  it('sends no periodic packets to a side that wants none', () => {
    expect(effect(after(...settled, hear({ requiredMinRx: 0 })), 'transmitEvery')?.interval).toBe(0)
    expect(effect(after(...settled, hear({ demand: true })), 'transmitEvery')?.interval).toBe(0)
  })

  it('keeps sending to a side in demand mode until both are up and nothing is polled', () => {
    expect(transmitInterval(after(hear({ state: 'Down', demand: true })).state)).toBe(ms(1000))
    expect(transmitInterval(after(...up, hear({ demand: true })).state)).toBeGreaterThan(0)
  })

  it('answers a poll at once, by a packet that does not poll itself', () => {
    const step = after(...up, hear({ poll: true }))
    expect(sent(step)).toEqual([expect.objectContaining({ poll: false, final: true, state: 'Up' })])
  })

  it('takes a session down that the other side has switched off, and says which it was', () => {
    const off = after(...settled, hear({ state: 'AdminDown' }))
    expect(effect(off, 'changed')?.change).toEqual({
      from: 'Up',
      to: 'Down',
      diagnostic: 3,
      remoteDisabled: true,
    })
    const gone = after(...settled, { name: 'DetectionTimeExpired' })
    expect(effect(gone, 'changed')?.change).toMatchObject({ diagnostic: 1, remoteDisabled: false })
  })

  it('forgets who the other side was when it is silent for the detection time', () => {
    const { state } = after(...settled, { name: 'DetectionTimeExpired' })
    expect(state.remote.discriminator).toBe(0)
    expect(detectionTime(state)).toBe(0)
  })
})

describe('a poll sequence', () => {
  const slower = { ...parameters, transmitInterval: ms(200) }
  const quickTaker = hear({ requiredMinRx: ms(10), final: true })

  it('begins when the session comes up, for the interval is another then', () => {
    expect(sent(after(...up))).toEqual([
      expect.objectContaining({ state: 'Up', poll: true, desiredMinTx: ms(50) }),
    ])
  })

  it('comes before sending more slowly', () => {
    const asked = after(...up, quickTaker, { name: 'Configured', parameters: slower })
    expect(sent(asked)).toEqual([expect.objectContaining({ poll: true, desiredMinTx: ms(200) })])
    expect(transmitInterval(asked.state)).toBe(ms(50))
    const agreed = transition(asked.state, quickTaker)
    expect(effect(agreed, 'transmitEvery')?.interval).toBe(ms(200))
    expect(agreed.state.polling).toBe('no')
  })

  it('comes before expecting packets more often', () => {
    const stricter = { ...parameters, receiveInterval: ms(20) }
    const quickSender = hear({ desiredMinTx: ms(10), final: true })
    const asked = after(...up, quickSender, { name: 'Configured', parameters: stricter })
    expect(detectionTime(asked.state)).toBe(3 * ms(50))
    expect(detectionTime(transition(asked.state, quickSender).state)).toBe(3 * ms(20))
  })

  it('does not come before what makes us faster or more patient', () => {
    const kinder = { ...parameters, transmitInterval: ms(20), receiveInterval: ms(90) }
    const quick = hear({ requiredMinRx: ms(10), desiredMinTx: ms(10), final: true })
    const { state } = after(...up, quick, { name: 'Configured', parameters: kinder })
    expect(transmitInterval(state)).toBe(ms(20))
    expect(detectionTime(state)).toBe(3 * ms(90))
    expect(state.polling).toBe('yes')
  })

  it('is run once more when the parameters change during one', () => {
    const slowest = { ...parameters, transmitInterval: ms(400) }
    const twice = after(
      ...up,
      quickTaker,
      { name: 'Configured', parameters: slower },
      { name: 'Configured', parameters: slowest },
    )
    const once = transition(twice.state, quickTaker)
    expect(once.state.polling).toBe('yes')
    expect(transmitInterval(once.state)).toBe(ms(50))
    expect(transmitInterval(transition(once.state, quickTaker).state)).toBe(ms(400))
  })

  it('is not needed while the session is not up', () => {
    const { state } = after(hear({ state: 'Down' }), { name: 'Configured', parameters: slower })
    expect(state.polling).toBe('no')
    expect(state.used).toEqual(state.told)
  })
})

describe('the echo function', () => {
  const echoing = { ...parameters, echoInterval: ms(40) }

  it('runs while the session is up and the other side returns packets, at the slower interval', () => {
    expect(
      effect(afterWith(echoing, ...settled, hear({ requiredMinEchoRx: ms(70) })), 'echoEvery')?.interval,
    ).toBe(ms(70))
    expect(echoInterval(afterWith(echoing, ...settled).state)).toBe(0)
    expect(echoInterval(after(...settled, hear({ requiredMinEchoRx: ms(70) })).state)).toBe(0)
  })

  it('takes the session down when nothing comes back', () => {
    const lost = afterWith(echoing, ...settled, hear({ requiredMinEchoRx: 1 }), { name: 'EchoLost' })
    expect(effect(lost, 'changed')?.change).toMatchObject({ from: 'Up', to: 'Down', diagnostic: 2 })
    expect(effect(lost, 'echoEvery')?.interval).toBe(0)
  })
})

const anyEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  { weight: 6, arbitrary: controlPackets.map((packet) => ({ name: 'PacketReceived' as const, packet })) },
  fc.constant({ name: 'DetectionTimeExpired' as const }),
  fc.constant({ name: 'EchoLost' as const }),
  fc.record({
    name: fc.constant('Configured' as const),
    parameters: fc.record({
      transmitInterval: fc.integer({ min: 10_000, max: 60_000_000 }),
      receiveInterval: fc.integer({ min: 10_000, max: 60_000_000 }),
      detectMultiplier: fc.integer({ min: 2, max: 255 }),
      passive: fc.boolean(),
    }),
  }),
)

describe('whatever happens', () => {
  it('never polls in a final packet, never sends fast unless up, and knows its peer while it is up', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        let { state } = begin(7, parameters)
        for (const event of events) {
          const step = transition(state, event)
          state = step.state
          for (const packet of sent(step)) expect(packet.poll && packet.final).toBe(false)
          if (state.name !== 'Up') expect(state.used.desiredMinTx).toBeGreaterThanOrEqual(ms(1000))
          if (state.name !== 'Up') expect(state.polling).toBe('no')
          if (state.name === 'Up') expect(state.remote.discriminator).toBeGreaterThan(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('says every change of timing', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        let { state, effects } = begin(7, parameters)
        let [every, within] = [transmitInterval(state), 0]
        for (const event of events) {
          ;({ state, effects } = transition(state, event))
          for (const one of effects) {
            if (one.do === 'transmitEvery') every = one.interval
            if (one.do === 'expectWithin') within = one.span
          }
          expect([every, within]).toEqual([transmitInterval(state), detectionTime(state)])
        }
      }),
    )
  })
})

/** The whole step in one line. */
function told({ state, effects }: Step): string {
  return `${state.name}: ${effects.map(brief).join(', ') || 'nothing'}`
}

function brief(one: Effect): string {
  switch (one.do) {
    case 'send': {
      const { state, poll, final, diagnostic } = one.packet
      return `send ${state}${poll ? ' P' : ''}${final ? ' F' : ''}${diagnostic === 0 ? '' : ` diag ${diagnostic}`}`
    }
    case 'transmitEvery':
      return `transmit every ${one.interval / 1000} ms`
    case 'expectWithin':
      return `expect within ${one.span / 1000} ms`
    case 'echoEvery':
      return `echo every ${one.interval / 1000} ms`
    case 'changed':
      return `changed${one.change.remoteDisabled ? ', switched off there' : ''}`
  }
}
