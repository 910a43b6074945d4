/* Scenarios that broke a rule once, as the smallest that were found: what a seed stands for changes with what is drawn. */
import { profiles, timingOf } from '#core/membership/timing.ts'
import { milliseconds } from '#core/model/duration.ts'

import type { Scenario } from './scenario.ts'

const calm: Omit<Scenario, 'seed' | 'nodes' | 'faults'> = {
  services: 1,
  timing: profiles.default,
  policy: 'available',
  weather: { loss: 0, delay: 0.2 },
  election: 'hash',
  budget: 300,
  unready: [],
  gated: false,
  mild: false,
}

export const found: Readonly<Record<string, Scenario>> = {
  'a node that is accused while it asks the segment asks again': {
    ...calm,
    seed: 1086857,
    nodes: 4,
    timing: timingOf(milliseconds(60), milliseconds(360)),
    election: 'stable',
    faults: [
      { kind: 'one-way', from: [0, 2], to: [0, 1, 3], media: ['datagrams'], at: 500, lasts: 700 },
      { kind: 'crash', node: 0, at: 490, lasts: 240, snapshot: false },
      { kind: 'edit', at: 700, lasts: 0, edit: { what: 'cordoned', nodes: [0, 1, 3] } },
    ],
  },
  'what a node that left has said is no consent for ever, where its heir is not heard': {
    ...calm,
    seed: 2003648,
    nodes: 3,
    faults: [
      { kind: 'leave', node: 1, at: 500, lasts: 2000 },
      { kind: 'partition', nodes: [0], client: false, media: ['datagrams'], at: 502.5, lasts: 1500 },
    ],
  },
  'a fresh right beside a node that has just fallen silent ends with the first answer on the segment': {
    ...calm,
    seed: 6072854,
    nodes: 2,
    timing: timingOf(milliseconds(60), milliseconds(360)),
    faults: [
      { kind: 'mute', node: 1, media: ['datagrams'], at: 100, lasts: 700 },
      { kind: 'edit', at: 100, lasts: 0, edit: { what: 'pools', pools: ['second'] } },
      { kind: 'edit', at: 200, lasts: 0, edit: { what: 'drained', nodes: [1] } },
    ],
  },
  'a node is damped for all alike, also for who started while it was away': {
    ...calm,
    seed: 1016299,
    nodes: 3,
    timing: timingOf(milliseconds(60), milliseconds(360)),
    election: 'stable',
    budget: 2,
    faults: [
      { kind: 'move', at: 33, lasts: 0, service: 0, to: 0, once: false },
      { kind: 'flap', node: 0, at: 562, times: 3, lasts: 2808 },
      { kind: 'one-way', from: [0, 1], to: [2, 1], media: ['datagrams', 'segment'], at: 631, lasts: 102 },
      { kind: 'crash', node: 1, at: 842, lasts: 109, snapshot: false },
    ],
  },
}
