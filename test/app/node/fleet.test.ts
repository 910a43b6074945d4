import { describe, expect, it } from 'vitest'

import { Fleet } from '#app/node/fleet.ts'
import { Rights } from '#app/node/rights.ts'
import {
  definePlugin,
  type AnnouncerHost,
  type AnnouncerStatus,
  type DesiredState,
  type TargetStatus,
} from '#core/announcer.ts'
import { FakeClock, settle } from '#core/fakes/fake-clock.ts'
import { fakeLogger, FakeMetrics, type LogLine } from '#core/fakes/fake-host.ts'
import { fakeRandom } from '#core/fakes/fake-random.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { announce } from '#core/selection/announce.ts'
import { ad, assignment, config, facts, node, service, slice } from '../../core/selection/fixtures.ts'
import { FakeLiveness } from '../standalone/world.ts'

const vip = '192.0.2.1' as Address
const theirs = '192.0.2.2' as Address
const start = { kind: 'start', at: 0 as never } as const

/** A fleet of one plugin whose calls the test answers. */
function fleetOfOne() {
  const clock = new FakeClock()
  const metrics = new FakeMetrics()
  const lines: LogLine[] = []
  const said: string[] = []
  const calls: {
    desired: DesiredState
    answer: (phase: TargetStatus['phase']) => void
  }[] = []
  let host: AnnouncerHost | undefined
  const plugin = definePlugin({
    api: 1,
    name: 'l2',
    placement: 'one-node',
    fencing: 'frame',
    witnesses: true,
    resources: [],
    optionsSchema: { type: 'object', properties: {}, additionalProperties: true },
    unsupported: [],
    parseConfig: () => ({}),
    create: (_, given) => {
      host = given
      return {
        open: async () => {},
        reconcile: (desired) =>
          new Promise<AnnouncerStatus>((resolve) => {
            const answer = (phase: TargetStatus['phase']): void => {
              const targets = desired.targets.map(({ address }) => ({ address, phase }))
              resolve({ generation: desired.generation, targets })
            }
            calls.push({ desired, answer })
          }),
        close: async () => {},
      }
    },
  })
  const liveness = new FakeLiveness('b')
  liveness.claim = ((put: readonly { claim: { state: string; counter: number } }[]) => {
    for (const { claim } of put) said.push(`${claim.state} ${claim.counter}`)
  }) as never
  const rights = new Rights({ grants: new GrantBook({ node: 'b' }), liveness, clock })
  const fleet = new Fleet({
    node: 'b',
    plugins: [{ plugin, config: {} }],
    rights,
    moveBudget: { perMinute: 300 },
    clock,
    random: fakeRandom(),
    log: fakeLogger(lines),
    metrics,
    secret: async () => ({}),
  })
  const of = facts({
    nodes: [node('b'), node('c')],
    services: [service('web'), service('other')],
    endpointSlices: [slice('web', ['b']), slice('other', ['c'])],
  })
  const lan = config([ad('lan')])
  const assignments = [assignment('other', theirs), assignment('web', vip)]
  const made = announce(of, lan, assignments)
  const decisions = { ...made, assignments, owners: made.elections }
  const decided = { facts: of, parsed: { config: lan, problems: [] }, decisions } as never
  const apply = async (): Promise<void> => {
    fleet.apply(decided, true, start)
    await settle()
  }
  return { clock, metrics, lines, said, calls, rights, fleet, apply, host: () => host! }
}

describe('a fleet', () => {
  it('tells of a right only once the plugin serves under it, not because it served under an earlier one', async () => {
    const { said, calls, rights, apply, host } = fleetOfOne()
    await apply()
    calls[0]!.answer('serving')
    await settle()
    expect(said).toEqual(['minted 1', 'held 1'])
    rights.retain(new Set())
    await apply()
    // Anything that the plugin says meanwhile shows the old status once more.
    host().report({ kind: 'peer', peer: 'p', state: 'Idle' })
    expect(said).toEqual(['minted 1', 'held 1', 'minted 2'])
    calls.at(-1)!.answer('armed')
    await settle()
    expect(said).toHaveLength(3)
    await apply()
    expect(calls.at(-1)!.desired.targets[0]?.grant?.epoch.counter).toBe(2)
  })

  it('has a plugin that witnesses watch over what other nodes announce, and keeps the strangers it finds there', async () => {
    const { calls, fleet, apply, host } = fleetOfOne()
    await apply()
    expect(calls[0]!.desired.watched).toEqual([theirs])
    const stranger = { address: theirs, hardwareAddress: '02:00:00:00:00:09', via: 'eth0' }
    host().report({ kind: 'conflict', ...stranger })
    await apply()
    expect(fleet.conflicts()).toMatchObject([stranger])
  })

  it('forgets a stranger that is not reported any more', async () => {
    const { clock, calls, fleet, apply, host } = fleetOfOne()
    await apply()
    calls[0]!.answer('serving')
    const stranger = {
      kind: 'conflict',
      address: vip,
      hardwareAddress: '02:00:00:00:00:09',
      via: 'eth0',
    } as const
    host().report(stranger)
    await clock.advance(seconds(20))
    host().report(stranger)
    await clock.advance(seconds(20))
    expect(fleet.conflicts()).toEqual([{ ...stranger, announcer: 'l2' }])
    let told = 0
    fleet.onChange(() => told++)
    await clock.advance(seconds(6))
    expect(fleet.conflicts()).toEqual([])
    expect(told).toBe(1)
  })

  it('says how long it took to fall silent when it ends, in the metric and in the log', async () => {
    const { clock, metrics, lines, calls, fleet, apply } = fleetOfOne()
    await apply()
    calls[0]!.answer('serving')
    await settle()
    const stopped = fleet.stop()
    await clock.advance(milliseconds(50))
    calls.at(-1)!.answer('silent')
    await stopped
    expect(metrics.value('herald_silence_seconds', { announcer: 'l2' })).toBe(0.05)
    expect(lines.at(-1)).toMatchObject({ message: 'withdrawn', fields: { addresses: 1, seconds: 0.05 } })
  })
})
