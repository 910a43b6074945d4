import { expect, it, vi } from 'vitest'

import { SpeakerEngine, type SpeakerEngineDeps } from '#app/kubernetes/speaker/engine.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds } from '#core/model/duration.ts'

import { silentLog as log } from '../silent-log.ts'

/** A node without others joins as it starts; with a peer it does once it has listened for it. */
function world(peers: readonly string[] = []) {
  const clock = new FakeClock()
  const heard: Record<'facts' | 'rights' | 'members', () => void> = {
    facts: () => {},
    rights: () => {},
    members: () => {},
  }
  const listening = (to: keyof typeof heard) => (listener: () => void) => (heard[to] = listener)
  const nowhere = { start() {}, onChange() {} }
  const addresses = [{ type: 'InternalIP', address: '192.0.2.1' }]
  const node = { apiVersion: 'v1', kind: 'Node', status: { addresses } }
  const nodes = ['a', ...peers].map((name) => ({ ...node, metadata: { name } }))
  const joined = { takesPart: false }
  const decide = vi.fn(() => ({ next: undefined }))
  const apply = vi.fn()
  /** Rights listen for the same, and do so first. */
  const tell = (): void => {
    heard.rights()
    heard.members()
  }
  const join = (): void => {
    joined.takesPart = true
    tell()
  }
  const deps = {
    node: 'a',
    watch: {
      ...nowhere,
      synced: true,
      onChange: listening('facts'),
      hasChanges: () => true,
      nodeObjects: () => nodes,
    },
    liveness: {
      onChange: listening('members'),
      expect() {},
      start: peers.length === 0 ? join : tell,
      takesPart: () => joined.takesPart,
      members: () => [],
      returns: () => new Map(),
    },
    rights: { onChange: listening('rights') },
    decider: { decide },
    gatekeeper: { ...nowhere, applyTo: (decided: unknown) => decided },
    fleet: { onChange() {}, mute() {}, apply },
    probes: { ...nowhere, candidates: () => new Map() },
    statuses: nowhere,
    publisher: { soon() {}, decisionMade() {} },
    snapshot: { read: () => Promise.resolve() },
    snapshots: { changed() {} },
    shutPaths: { current: () => [] },
    metrics: { counter: () => ({ add() {} }) },
    clock,
    log,
  }
  const engine = new SpeakerEngine(deps as unknown as SpeakerEngineDeps)
  return { engine, heard, join, decide, apply, clock }
}

it('decides once when it starts without others, and then on each change of its rights', async () => {
  const { engine, heard, decide, apply, clock } = world()
  engine.start()
  heard.facts()
  await clock.advance(milliseconds(10))
  expect(decide).toHaveBeenCalledTimes(1)
  // As one that takes part.
  expect(apply.mock.lastCall?.[1]).toBe(true)
  heard.rights()
  expect(decide).toHaveBeenCalledTimes(2)
})

it('decides once when it joins the others, which its rights hear of first', async () => {
  const { engine, heard, join, decide, apply, clock } = world(['b'])
  engine.start()
  heard.facts()
  await clock.advance(milliseconds(10))
  expect(decide).toHaveBeenCalledTimes(1)
  expect(apply.mock.lastCall?.[1]).toBe(false)
  join()
  expect(decide).toHaveBeenCalledTimes(2)
  expect(apply.mock.lastCall?.[1]).toBe(true)
  heard.rights()
  expect(decide).toHaveBeenCalledTimes(3)
})
