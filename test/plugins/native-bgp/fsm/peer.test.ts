import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  acceptsConnection,
  foremost,
  peerTransition,
  stoppedPeer,
  type PeerEvent,
  type PeerState,
} from '#plugins/native-bgp/fsm/peer.ts'

import { expectGolden, goldenRoot } from '../../../golden-file.ts'

const folder = 'native-bgp/peer'
const cases = readdirSync(join(goldenRoot, folder)).sort()

function events(file: string): PeerEvent[] {
  const lines = readFileSync(join(goldenRoot, folder, file), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as PeerEvent)
}

/** One line of output: where both connections are, and what is to be done. */
function outcome(event: PeerEvent, { outgoing, incoming }: PeerState, effects: readonly unknown[]): string {
  const state = { outgoing: outgoing.name, ...(incoming && { incoming: incoming.name }) }
  return `${JSON.stringify({ on: `${event.connection} ${event.event.name}`, ...state, effects })}\n`
}

describe('the pair of connections of a peer', () => {
  it.each(cases)('goes step by step as recorded: %s', (name) => {
    let peer = stoppedPeer
    const inputs = readdirSync(join(goldenRoot, folder, name)).filter((file) => file.endsWith('-input.jsonl'))
    for (const input of inputs.sort()) {
      const lines = events(join(name, input)).map((event) => {
        const step = peerTransition(peer, event)
        peer = step.state
        return outcome(event, peer, step.effects)
      })
      expectGolden(join(folder, name, input.replace('input', 'output')), lines.join(''))
    }
  })

  it('never has two sessions, and always another attempt ahead, whatever happens in whatever order', () => {
    const every = cases.flatMap((name) =>
      readdirSync(join(goldenRoot, folder, name))
        .filter((file) => file.endsWith('-input.jsonl'))
        .flatMap((file) => events(join(name, file))),
    )
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...every), { maxLength: 40 }), (sequence) => {
        let peer = stoppedPeer
        for (const event of sequence) {
          // A connection of the peer's exists only from its acceptance on, which is up to us.
          const isAcceptance = event.event.name === 'TcpConnectionConfirmed'
          const impossible = isAcceptance ? !acceptsConnection(peer) : peer[event.connection] === undefined
          if (impossible) continue
          peer = peerTransition(peer, event).state
          const { enabled, outgoing, incoming } = peer
          expect(
            [outgoing.name, incoming?.name].filter((name) => name === 'Established').length,
          ).toBeLessThan(2)
          expect(incoming?.name).not.toBe('Idle')
          const parked = outgoing.name === 'Idle' && !outgoing.waiting
          expect(parked && incoming === undefined).toBe(parked && !enabled)
          if (foremost(peer).name === 'Established') expect(acceptsConnection(peer)).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })
})
