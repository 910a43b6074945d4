import { describe, expect, it } from 'vitest'

import { ConfigError } from '#core/errors.ts'
import { DEFAULT_EXCLUDED, excludes, parseConfig } from '#plugins/l2/config.ts'

describe('the configuration', () => {
  it('has defaults for everything', () => {
    const defaults = {
      excludeInterfaces: DEFAULT_EXCLUDED,
      ndp: 'packet',
      gratuitousPerSecond: 10_000,
      probe: true,
      witnessPerSecond: 50,
      refreshSeconds: 0,
    }
    expect(parseConfig(undefined)).toEqual(defaults)
    expect(parseConfig({})).toEqual(defaults)
  })

  it('takes what is given', () => {
    const given = {
      excludeInterfaces: ['^wg'],
      ndp: 'raw-socket',
      gratuitousPerSecond: 50,
      probe: false,
      witnessPerSecond: 0,
      refreshSeconds: 60,
    }
    expect(parseConfig(given)).toEqual(given)
  })

  it.each([
    ['text', 'l2: found "text"; allowed: a mapping'],
    [
      { colour: 1 },
      'l2.colour: found an unknown field; allowed: excludeInterfaces, ndp, gratuitousPerSecond, probe, witnessPerSecond, refreshSeconds',
    ],
    [{ ndp: 'bpf' }, 'l2.ndp: found "bpf"; allowed: packet, raw-socket'],
    [
      { gratuitousPerSecond: 0 },
      'l2.gratuitousPerSecond: found 0; allowed: a whole number from 1 to 1000000',
    ],
    [{ witnessPerSecond: -1 }, 'l2.witnessPerSecond: found -1; allowed: a whole number from 0 to 10000'],
    [{ refreshSeconds: 0.5 }, 'l2.refreshSeconds: found 0.5; allowed: a whole number from 0 to 86400'],
    [
      { excludeInterfaces: '^eth' },
      'l2.excludeInterfaces: found "^eth"; allowed: a list of regular expressions',
    ],
    [
      { excludeInterfaces: ['^eth', '('] },
      'l2.excludeInterfaces[1]: found "("; allowed: a regular expression',
    ],
  ])('refuses %j', (input, message) => {
    expect(() => parseConfig(input)).toThrow(ConfigError)
    expect(() => parseConfig(input)).toThrow(message)
  })
})

describe('the default exclusions', () => {
  const excluded = excludes(parseConfig({}))

  it.each([
    'lo',
    'veth1a2b',
    'docker0',
    'cni0',
    'cali123',
    'kube-ipvs0',
    'flannel.1',
    'tunl0',
    'lxc1',
    'dummy0',
  ])('cover %s', (name) => expect(excluded(name)).toBe(true))

  it.each(['eth0', 'lo1', 'ens192', 'bond0', 'br0', 'vlan100', 'wlan0', 'myveth0'])(
    'leave %s alone',
    (name) => expect(excluded(name)).toBe(false),
  )

  it('are unanchored where a pattern is', () => {
    expect(excludes(parseConfig({ excludeInterfaces: ['th'] }))('eth0')).toBe(true)
  })
})
