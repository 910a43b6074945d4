import { describe, expect, it } from 'vitest'

import { parseConfig } from '#plugins/native-bgp/config.ts'

describe('the configuration', () => {
  it('has defaults for everything', () => {
    expect(parseConfig({})).toEqual({
      listenPort: 179,
      belt: { maxPrefixes: 100_000 },
      drainTime: 1000,
      restartTime: 120_000,
    })
    expect(parseConfig(undefined)).toEqual(parseConfig({}))
  })

  it('takes what it documents', () => {
    const config = parseConfig({
      listenPort: 0,
      maxPrefixes: 10,
      allowedPrefixes: ['10.0.0.0/8', '2001:db8::/32'],
    })
    expect(config).toMatchObject({
      listenPort: 0,
      belt: { maxPrefixes: 10, allowed: [{ address: '10.0.0.0', length: 8 }, { address: '2001:db8::' }] },
    })
  })

  it.each([
    [[], 'native-bgp: found [], allowed an object'],
    [
      { port: 1 },
      'native-bgp.port: found "port", allowed allowedPrefixes, drainTime, listenPort, maxPrefixes',
    ],
    [{ listenPort: '179' }, 'native-bgp.listenPort: found "179", allowed a whole number from 0 to 65535'],
    [{ maxPrefixes: 0 }, 'native-bgp.maxPrefixes: found 0, allowed a whole number from 1 to 1000000'],
    [{ drainTime: '10s' }, 'native-bgp.drainTime: found "10s", allowed a duration from 0s to 9s'],
    [{ restartTime: 120 }, 'native-bgp.restartTime: found 120, allowed a duration from 1s to 4095s'],
    [
      { allowedPrefixes: '10.0.0.0/8' },
      'native-bgp.allowedPrefixes: found "10.0.0.0/8", allowed a list of CIDRs',
    ],
    [
      { allowedPrefixes: ['10.0.0.1/8'] },
      'native-bgp.allowedPrefixes[0]: found "10.0.0.1/8", allowed a CIDR without host bits',
    ],
  ])('refuses %j, naming the place, what was found and what is allowed', (input, message) => {
    expect(() => parseConfig(input)).toThrow(message)
  })
})
