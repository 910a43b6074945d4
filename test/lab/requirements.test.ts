import { expect, it } from 'vitest'

import { describeMissing, type Missing } from '#lab/requirements.ts'

it('what is missing is told with its use and its remedy, one line each', () => {
  const missing: Missing[] = [
    { feature: 'frr', what: 'bgpd', why: 'to run FRR as the router', remedy: 'apt-get install frr' },
    { feature: 'namespaces', what: 'root', why: 'to make nodes and cables', remedy: 'run it with sudo' },
  ]
  expect(describeMissing({ ok: false, missing })).toBe(
    'bgpd is missing (to run FRR as the router): apt-get install frr\n' +
      'root is missing (to make nodes and cables): run it with sudo',
  )
})
