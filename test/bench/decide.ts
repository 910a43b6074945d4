/* Re-deciding after one change at 10,000 Services × 100 nodes, against hashing in the comparator. */
import { hash } from 'node:crypto'

import type { BenchResult } from './result.ts'
import { decide } from '#core/decide.ts'
import { IncrementalDecider } from '#core/incremental/decider.ts'
import type { FactChange } from '#core/incremental/fact-change.ts'
import { OwnPart } from '#core/incremental/own-part.ts'
import {
  nameOf,
  type ConfigObject,
  type EndpointSliceObject,
  type NodeObject,
  type ServiceObject,
} from '#core/model/objects.ts'
import type { AnnouncerInfo, Facts } from '#core/model/facts.ts'
import { holdersOf } from '#core/plan/what-if.ts'

const services = 10_000
const nodes = 100
/** Each kind of change is made this often; the median is shown, and the slowest. */
const rounds = 25

const sha256 = (text: string): string => hash('sha256', text)

const announcers: AnnouncerInfo[] = [
  { name: 'l2', placement: 'one-node', resources: [], optionsSchema: { type: 'object' }, unsupported: [] },
  {
    name: 'native-bgp',
    placement: 'every-node',
    resources: ['BGPPeer'],
    optionsSchema: { type: 'object' },
    unsupported: [],
  },
]

function serviceAt(index: number): ServiceObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${index}`, namespace: 'default', uid: `${index}` },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  }
}

function nodeAt(index: number): NodeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${index}`, labels: {} } }
}

function sliceAt(service: number, ...on: number[]): EndpointSliceObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `s${service}-1`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': `s${service}` },
    },
    endpoints: on.map((node) => ({ addresses: ['10.0.0.1'], nodeName: `node-${node % nodes}` })),
  }
}

const metadata = (name: string): { name: string; namespace: string } => ({
  name,
  namespace: 'metallb-system',
})

const config: ConfigObject[] = [
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: metadata('pool'),
    spec: { addresses: ['10.64.0.0/16'], autoAssign: true, avoidBuggyIPs: false },
  },
  { apiVersion: 'metallb.io/v1beta1', kind: 'L2Advertisement', metadata: metadata('lan'), spec: {} },
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'BGPAdvertisement',
    metadata: metadata('fabric'),
    spec: { aggregationLength: 32, aggregationLengthV6: 128 },
  },
  {
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: metadata('tor'),
    spec: { myASN: 1, peerASN: 2, peerAddress: '10.0.0.1', peerPort: 179 },
  },
]

function cluster(election: Facts['settings']['election']): Facts {
  return {
    settings: {
      namespace: 'metallb-system',
      bgpBackend: 'native-bgp',
      l2Candidates: 'herald',
      election,
      ignoreExcludeLb: false,
      announcers,
    },
    config,
    services: Array.from({ length: services }, (_, index) => serviceAt(index)),
    nodes: Array.from({ length: nodes }, (_, index) => nodeAt(index)),
    endpointSlices: Array.from({ length: services }, (_, index) =>
      sliceAt(index, index, index + 1, index + 2),
    ),
    complete: true,
    dead: new Set(),
    sha256,
  }
}

interface Timing {
  readonly median: number
  readonly slowest: number
}

function timed(decider: IncrementalDecider, { change, undo }: Kind): Timing {
  const times = Array.from({ length: rounds }, (_, round) => {
    const made = change(round)
    const began = performance.now()
    decider.apply([made])
    const took = performance.now() - began
    decider.apply([undo(round)])
    return took
  }).sort((a, b) => a - b)
  return { median: times[rounds >> 1] ?? 0, slowest: times.at(-1) ?? 0 }
}

const shown = ({ median, slowest }: Timing): string =>
  `${median.toFixed(2)} ms (slowest ${slowest.toFixed(2)} ms)`

/** Changes of one kind; each is undone outside of what is measured. */
interface Kind {
  readonly what: string
  readonly change: (round: number) => FactChange
  readonly undo: (round: number) => FactChange
}

const kinds: readonly Kind[] = [
  {
    what: "one Service's endpoints move",
    change: (round) => ({
      kind: 'endpoints',
      service: `default/s${round}`,
      slices: [sliceAt(round, 50, 51)],
    }),
    undo: (round) => ({
      kind: 'endpoints',
      service: `default/s${round}`,
      slices: [sliceAt(round, round, round + 1, round + 2)],
    }),
  },
  {
    what: 'one Service is created',
    change: (round) => ({
      kind: 'service',
      name: `default/s${services + round}`,
      object: serviceAt(services + round),
    }),
    undo: (round) => ({ kind: 'service', name: `default/s${services + round}` }),
  },
  {
    what: 'one Service is deleted',
    change: (round) => ({ kind: 'service', name: `default/s${round}` }),
    undo: (round) => ({ kind: 'service', name: `default/s${round}`, object: serviceAt(round) }),
  },
  {
    what: 'a node dies',
    change: (round) => ({ kind: 'dead', nodes: new Set([`node-${round}`]) }),
    undo: () => ({ kind: 'dead', nodes: new Set() }),
  },
  {
    what: 'a node returns',
    change: () => ({ kind: 'dead', nodes: new Set() }),
    undo: (round) => ({ kind: 'dead', nodes: new Set([`node-${round}`]) }),
  },
  {
    what: 'a node joins that was never seen',
    change: (round) => ({ kind: 'node', name: `node-${nodes + round}`, object: nodeAt(nodes + round) }),
    undo: (round) => ({ kind: 'node', name: `node-${nodes + round}` }),
  },
]

/** What MetalLB does at each node's event: every Service sorts its candidates, hashing as it compares. */
function hashInComparator(facts: Facts): number {
  const names = (facts.nodes ?? []).map(({ metadata }) => metadata.name)
  const began = performance.now()
  for (let index = 0; index < services; index++) {
    const ip = `10.64.${index >> 8}.${index & 255}`
    names.toSorted((a, b) => (sha256(`${a}#${ip}`) < sha256(`${b}#${ip}`) ? -1 : 1))
  }
  return performance.now() - began
}

/** The configuration changes, and the process of one node decides anew on everything that concerns it. */
function reconfigured(facts: Facts): number {
  const decider = new IncrementalDecider(facts)
  const own = new OwnPart('node-0')
  const names = (): string[] => facts.services.map(nameOf)
  const times = [config, config.slice(0, 2), config].map((objects) => {
    const began = performance.now()
    own.follow(decider, decider.apply([{ kind: 'config', objects }]), names)
    return performance.now() - began
  })
  return times.at(-1) ?? Number.NaN
}

export default async function bench(): Promise<BenchResult> {
  const facts = cluster('hash')
  const anchor = `${hashInComparator(facts).toFixed(0)} ms: sha256 in the comparator, all Services`
  const began = performance.now()
  decide(facts)
  const scratch = performance.now() - began
  const rows = (['hash', 'stable'] as const).flatMap((election) => {
    const decider = new IncrementalDecider(cluster(election))
    decider.apply([{ kind: 'holders', holders: holdersOf(decider.decisions()) }])
    return kinds.map((kind) => {
      const timing = timed(decider, kind)
      return { what: `${kind.what} (--election=${election})`, value: shown(timing), anchor, aim: '≤ 20 ms' }
    })
  })
  return {
    title: 'Re-decide after one change at 10,000 Services × 100 nodes',
    command: 'npm run bench -- decide',
    rows: [
      ...rows,
      {
        what: 'the configuration changes: everything anew, as far as one node needs it',
        value: `${reconfigured(facts).toFixed(0)} ms`,
      },
      {
        what: 'everything from scratch, with a reason for each of 1,000,000 pairs',
        value: `${scratch.toFixed(0)} ms`,
      },
    ],
  }
}
