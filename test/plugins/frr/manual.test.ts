import { describe, expect, it } from 'vitest'

import { bgpOptionsSchema } from '#core/bgp/options.ts'
import { parseConfig } from '#plugins/frr/config.ts'

import { manualOf, rows } from '../manual.ts'

const { section, text: manual } = manualOf('frr')

describe('the manual page', () => {
  it('lists the options of an offer as the schema has them', () => {
    expect(rows(section('Options'))).toEqual(Object.keys(bgpOptionsSchema.properties ?? {}))
  })

  it('lists options of the plugin that exist, with their defaults', () => {
    const options = rows(section('Configuration').split('Of a session')[0] ?? '')
    expect(() => parseConfig({ unknown: 1 })).toThrow(options.sort().join(', '))
    const { socketDirectory, pollInterval, belt, drainTime } = parseConfig({})
    expect(manual).toContain(`| \`socketDirectory\` | ${socketDirectory} |`)
    expect(manual).toContain(`| \`pollInterval\` | ${pollInterval / 1000} |`)
    expect(manual).toContain(`| \`maxPrefixes\` | ${belt.maxPrefixes} |`)
    expect(manual).toContain(`| \`drainTime\` | ${drainTime / 1000}s |`)
  })
})

describe('the configuration', () => {
  it.each([
    [7, 'frr: found 7; allowed: an object'],
    [{ socketDirectory: 'run' }, 'frr.socketDirectory: found "run"; allowed: an absolute path'],
    [{ pollInterval: 0 }, 'frr.pollInterval: found 0; allowed: a whole number from 1 to 3600'],
    [{ drainTime: 1 }, 'frr.drainTime: found 1; allowed: a duration from 0s to 9s'],
    [{ maxPrefixes: '9' }, 'frr.maxPrefixes: found "9"; allowed: a whole number from 1 to 1000000'],
    [{ allowedPrefixes: '::/0' }, 'frr.allowedPrefixes: found "::/0"; allowed: a list of CIDRs'],
    [
      { allowedPrefixes: ['10.0.0.1/8'] },
      'frr.allowedPrefixes[0]: found "10.0.0.1/8"; allowed: a CIDR without host bits',
    ],
  ])('%j is refused with the place and the fault', (input, message) => {
    expect(() => parseConfig(input)).toThrow(message)
  })
})
