import { describe, expect, it } from 'vitest'

import { bgpIdentifier } from '#plugins/native-bgp/identifier.ts'

import { ip } from './fake-network.ts'

const ipv6Only = { local: ip('fd00::11'), interfaceAddresses: [ip('fd00::11')] }

describe('the BGP identifier', () => {
  it('is the configured one, else an IPv4 address of the interface', () => {
    const both = { local: ip('fd00::11'), interfaceAddresses: [ip('fd00::11'), ip('192.0.2.7')] }
    expect(bgpIdentifier(ip('1.1.1.1'), both, 'node-a')).toBe('1.1.1.1')
    expect(bgpIdentifier(undefined, both, 'node-a')).toBe('192.0.2.7')
  })

  it('is made from the node’s name where there is no IPv4', () => {
    // The check value of CRC-32: 0xcbf43926.
    expect(bgpIdentifier(undefined, ipv6Only, '123456789')).toBe('203.244.57.38')
    expect(bgpIdentifier(undefined, ipv6Only, 'node-b')).not.toBe(
      bgpIdentifier(undefined, ipv6Only, 'node-a'),
    )
  })

  it('is never zero', () => {
    expect(bgpIdentifier(undefined, ipv6Only, '')).toBe('0.0.0.1')
  })
})
