/* The world follows the desired state. */
import assert from 'node:assert/strict'

import type { Property } from './property.ts'

export const reconciling: readonly Property[] = [
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

function addressesOf(status: { readonly targets: readonly { readonly address: string }[] }): string[] {
  return status.targets.map(({ address }) => address).sort()
}
