/*
 * What the kit proves, as data: one sentence and one proof per property. `needs` names the ability a subject must
 * declare (or the trait its plugin must have) for the property to apply.
 */
import { FakeClock } from '../core/fakes/fake-clock.ts'
import assert from 'node:assert/strict'

import type { Bench } from './bench.ts'
import type { Subject } from './subject.ts'

export interface Property {
  readonly sentence: string
  applies?(subject: Subject): boolean
  prove(bench: Bench): Promise<void>
}

const configuration: readonly Property[] = [
  {
    sentence: 'refuses an invalid configuration before anything exists',
    async prove({ subject }) {
      await assert.rejects(
        async () => subject.plugin.parseConfig(subject.invalidConfig),
        'the invalid configuration was accepted',
      )
    },
  },
  {
    sentence: 'parses one configuration twice to the same result',
    async prove({ subject }) {
      const { plugin, config } = subject
      assert.deepEqual(await plugin.parseConfig(config), await plugin.parseConfig(config))
    },
  },
  {
    sentence: 'announces nothing before it is told to',
    async prove(bench) {
      await bench.create()
      await bench.sees([])
      await bench.open()
      await bench.sees([])
    },
  },
]

const reconciling: readonly Property[] = [
  {
    sentence: 'announces the whole set',
    async prove(bench) {
      await bench.open()
      await bench.reconcile(bench.subject.addresses)
      await bench.sees(bench.subject.addresses)
    },
  },
  {
    sentence: 'withdraws what is gone and leaves the rest alone',
    async prove(bench) {
      const [a, ...rest] = bench.subject.addresses
      await bench.open()
      await bench.reconcile([a, ...rest])
      await bench.sees([a, ...rest])
      await bench.reconcile(rest)
      await bench.sees(rest)
    },
  },
  {
    sentence: 'withdraws everything on the empty state',
    async prove(bench) {
      await bench.open()
      await bench.reconcile(bench.subject.addresses)
      await bench.sees(bench.subject.addresses)
      await bench.reconcile([])
      await bench.sees([])
    },
  },
  {
    sentence: 'changes nothing when told the same again',
    async prove(bench) {
      await bench.open()
      const first = await bench.reconcile(bench.subject.addresses)
      await bench.sees(bench.subject.addresses)
      const second = await bench.reconcile(bench.subject.addresses)
      await bench.sees(bench.subject.addresses)
      assert.deepEqual(addressesOf(second), addressesOf(first))
    },
  },
  {
    sentence: 'reaches the same world by any path: only the last state counts',
    async prove(bench) {
      const [a, b, c] = bench.subject.addresses
      await bench.open()
      for (const step of [[a], [b, c], [], [a, b, c], [c], [a, c]]) await bench.reconcile(step)
      await bench.sees([a, c])
    },
  },
  {
    sentence: 'answers the generation it was given',
    async prove(bench) {
      await bench.open()
      for (const addresses of [bench.subject.addresses, []]) {
        const desired = bench.desired(addresses)
        assert.equal((await bench.reconcileState(desired)).generation, desired.generation)
      }
    },
  },
  {
    sentence: 'has exactly one status entry for each target',
    async prove(bench) {
      await bench.open()
      const status = await bench.reconcile(bench.subject.addresses)
      assert.deepEqual(addressesOf(status), [...bench.subject.addresses].sort())
    },
  },
  {
    sentence: 'says serving once the network has been told',
    async prove(bench) {
      await bench.open()
      const desired = bench.desired(bench.subject.addresses)
      await bench.reconcileState(desired)
      await bench.sees(bench.subject.addresses)
      const again = await bench.until(
        () => bench.reconcileState(desired),
        ({ targets }) => targets.every(({ phase }) => phase === 'serving'),
      )
      assert.deepEqual(new Set(again.targets.map(({ phase }) => phase)), new Set(['serving']))
    },
  },
  {
    sentence: 'goes on with the others when one address is impossible, and says why',
    applies: (subject) => subject.impossible !== undefined,
    async prove(bench) {
      const impossible = bench.subject.impossible ?? assert.fail('not declared')
      await bench.open()
      const status = await bench.reconcile([...bench.subject.addresses, impossible])
      await bench.sees(bench.subject.addresses)
      const entry = status.targets.find(({ address }) => address === impossible)
      assert.ok(
        entry && (entry.phase === 'failed' || entry.phase === 'pending'),
        'the impossible address has no fault',
      )
      assert.ok(entry.reason, 'the fault has no reason')
    },
  },
]

const staging: readonly Property[] = [
  {
    sentence: 'keeps an armed target silent, and serves it when told to',
    async prove(bench) {
      const { addresses } = bench.subject
      await bench.open()
      await bench.reconcile(addresses, 'arm')
      await bench.sees([])
      await bench.reconcile(addresses, 'serve')
      await bench.sees(addresses)
    },
  },
  {
    sentence: 'falls silent when the fence closes, without another reconcile',
    applies: ({ plugin }) => plugin.placement === 'one-node' && plugin.fencing !== 'none',
    async prove(bench) {
      const [a, ...rest] = bench.subject.addresses
      await bench.open()
      await bench.reconcile([a, ...rest])
      await bench.sees([a, ...rest])
      bench.host.grants.revoke(a)
      await bench.sees(rest)
    },
  },
]

const interrupted: readonly Property[] = [
  {
    sentence: 'settles after its signal aborts, and converges on the next call',
    async prove(bench) {
      await bench.open()
      const controller = new AbortController()
      const call = bench
        .reconcileState(bench.desired(bench.subject.addresses), controller.signal)
        .catch(() => undefined)
      controller.abort()
      const settled = await Promise.race([call.then(() => true), graceOver(bench)])
      assert.ok(settled, 'reconcile went on after its signal aborted')
      const [a] = bench.subject.addresses
      await bench.reconcile([a])
      await bench.sees([a])
    },
  },
  {
    sentence:
      'reports an outage of the far side instead of rejecting, and recovers with no new desired state',
    applies: (subject) => subject.outage !== undefined,
    async prove(bench) {
      const outage = bench.subject.outage ?? assert.fail('not declared')
      const { addresses } = bench.subject
      await bench.open()
      const desired = bench.desired(addresses)
      await bench.reconcileState(desired)
      await bench.sees(addresses)
      await outage.begin()
      const during = await bench.until(
        () => bench.reconcileState(desired),
        ({ targets }) => targets.some(({ phase }) => phase !== 'serving'),
      )
      assert.ok(
        during.targets.some(({ phase }) => phase !== 'serving'),
        'the status knows nothing of the outage',
      )
      bench.host.observations.length = 0
      await outage.end()
      await bench.until(
        () => bench.host.observations,
        (seen) => seen.length > 0,
      )
      assert.ok(bench.host.observations.length > 0, 'the end of the outage was not reported')
      await bench.reconcileState(desired)
      await bench.sees(addresses)
    },
  },
  {
    sentence: 'clears or adopts what an earlier run left behind',
    applies: (subject) => subject.leftovers !== undefined,
    async prove(bench) {
      const leftovers = bench.subject.leftovers ?? assert.fail('not declared')
      const [left, wanted] = bench.subject.addresses
      await leftovers.plant(left)
      await bench.open()
      await bench.reconcile([wanted])
      await bench.sees([wanted])
    },
  },
]

const citizenship: readonly Property[] = [
  {
    sentence: 'can be closed twice, and after an open that was aborted',
    async prove(bench) {
      const twice = await bench.open()
      await twice.close()
      await twice.close()
      const aborted = await bench.create()
      const controller = new AbortController()
      controller.abort()
      await aborted.open(controller.signal).catch(() => undefined)
      await aborted.close()
    },
  },
  {
    sentence: 'leaves no timer on the clock after close',
    applies: (subject) => subject.clock instanceof FakeClock,
    async prove(bench) {
      await bench.open()
      await bench.reconcile(bench.subject.addresses)
      await bench.sees(bench.subject.addresses)
      await bench.reconcile([])
      await bench.close()
      assert.equal((bench.subject.clock as FakeClock).pending(), 0, 'timers are left')
    },
  },
  {
    sentence:
      'names its metrics under metallb_ or herald_, and keeps no series for addresses that are gone for good',
    async prove(bench) {
      await bench.open()
      const counts: number[] = []
      for (let round = 0; round < 4; round++) {
        await bench.reconcile(bench.subject.addresses)
        await bench.sees(bench.subject.addresses)
        await bench.reconcile([])
        await bench.sees([])
        counts.push(bench.host.metrics.seriesCount())
      }
      for (const name of bench.host.metrics.specs.keys()) assert.match(name, /^(metallb|herald)_[a-z0-9_]+$/)
      assert.ok(
        (counts.at(-1) ?? 0) <= (counts[1] ?? 0),
        `series grow with every round: ${counts.join(', ')}`,
      )
    },
  },
  {
    sentence: 'never lets a secret reach a log line or an observation',
    applies: (subject) => subject.secrets !== undefined,
    async prove(bench) {
      await bench.open()
      await bench.reconcile(bench.subject.addresses)
      await bench.sees(bench.subject.addresses)
      const said = JSON.stringify([bench.host.lines, bench.host.observations])
      for (const secret of Object.values(bench.subject.secrets ?? {})) {
        for (const bytes of Object.values(secret)) {
          assert.ok(!said.includes(new TextDecoder().decode(bytes)), 'a secret was said aloud')
        }
      }
    },
  },
]

export const properties: readonly Property[] = [
  ...configuration,
  ...reconciling,
  ...staging,
  ...interrupted,
  ...citizenship,
]

function addressesOf(status: { readonly targets: readonly { readonly address: string }[] }): string[] {
  return status.targets.map(({ address }) => address).sort()
}

async function graceOver(bench: Bench): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, bench.subject.grace ?? 5000))
  return false
}
