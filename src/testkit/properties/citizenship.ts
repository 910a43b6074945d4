/* It shares a process with others. */
import assert from 'node:assert/strict'

import { FakeClock } from '../../core/fakes/fake-clock.ts'
import type { Property } from './property.ts'

export const citizenship: readonly Property[] = [
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
