/* Many Services behind one address: everything decided, and one Service more. The anchor is as many addresses of their own. */
import type { BenchResult } from './result.ts'

import { decide } from '#core/decide.ts'
import type { AnnouncerInfo, Facts } from '#core/model/facts.ts'
import type { ServiceObject } from '#core/model/objects.ts'
import { SharingGroups } from '#core/selection/sharing-groups.ts'
import type { Address } from '#core/model/address.ts'
import { sha256 } from '#app/system.ts'

const count = 5000
const address = '192.0.2.1' as Address
const namespace = 'metallb-system'

export default function bench(): BenchResult {
  // Once to let the compiler see the code.
  timed(() => decide(factsOf(count, false)))
  return {
    title: 'Services that share an address',
    command: 'npm run bench -- sharing',
    rows: [
      {
        what: `${count} Services come to one address, and leave it`,
        value: milliseconds(timed(() => comeAndGo(() => address))),
        anchor: `each to its own: ${milliseconds(timed(() => comeAndGo((n) => `10.0.${n >> 8}.${n & 255}` as Address)))}`,
      },
      {
        what: `everything decided on ${count} Services at one address, three nodes`,
        value: milliseconds(timed(() => decide(factsOf(count, true)))),
        anchor: `an address each: ${milliseconds(timed(() => decide(factsOf(count, false))))}`,
      },
    ],
  }
}

function comeAndGo(addressOf: (n: number) => Address): void {
  const groups = new SharingGroups()
  for (let n = 0; n < count; n++) groups.set(`default/s${n}`, [addressOf(n)])
  for (let n = 0; n < count; n++) groups.set(`default/s${n}`, [])
}

function factsOf(services: number, shared: boolean): Facts {
  const l2: AnnouncerInfo = {
    name: 'l2',
    placement: 'one-node',
    resources: [],
    optionsSchema: { type: 'object' },
    unsupported: [],
  }
  const own = (kind: string, spec: object) => ({
    apiVersion: 'metallb.io/v1beta1',
    kind,
    metadata: { name: 'lan', namespace },
    spec,
  })
  return {
    settings: {
      namespace,
      bgpBackend: 'native-bgp',
      l2Candidates: 'herald',
      election: 'hash',
      ignoreExcludeLb: false,
      announcers: [l2],
    },
    config: [
      own('IPAddressPool', { addresses: ['10.0.0.0/16'] }),
      own('L2Advertisement', {}),
    ] as Facts['config'],
    services: Array.from({ length: services }, (_, n) => serviceOf(n, shared)),
    nodes: ['a', 'b', 'c'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: {} },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })),
    dead: new Set(),
    sha256,
  }
}

function serviceOf(n: number, shared: boolean): ServiceObject {
  const annotations = shared ? { 'metallb.io/allow-shared-ip': 'all' } : {}
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${n}`, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'], ports: [{ port: 1000 + n }] },
  }
}

function timed(work: () => unknown): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
