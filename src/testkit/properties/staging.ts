/* A target speaks only when it may. */
import type { Property } from './property.ts'

export const staging: readonly Property[] = [
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
