import { expect, it } from 'vitest'

import { flagsOf } from '#app/kubernetes/live/running-settings.ts'

it('the flags that decide are read off a command line in each way they may be written', () => {
  const args = [
    'speaker',
    '--node-name=a',
    '--bgp-backend',
    'frr',
    '--ignore-exclude-lb',
    '--lb-class=x.com/y',
    '--election',
  ]
  expect(flagsOf(args)).toEqual({
    'bgp-backend': 'frr',
    'ignore-exclude-lb': true,
    'lb-class': 'x.com/y',
    election: true,
  })
})
