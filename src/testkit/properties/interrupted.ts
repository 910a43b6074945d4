/* Aborted calls, outages of the far side, and what an earlier life left behind. */
import assert from 'node:assert/strict'

import type { Bench } from '../bench.ts'
import type { Property } from './property.ts'

export const interrupted: readonly Property[] = [
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

async function graceOver(bench: Bench): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, bench.subject.grace ?? 5000))
  return false
}
