import { describe, expect, it } from 'vitest'

import { cidrOf, isLinkLocal, solicitedNodeGroup } from '#plugins/l2/subnet.ts'
import { ip } from './memory-lan.ts'

describe('subnets', () => {
  it.each([
    ['192.0.2.77', 24, '192.0.2.0/24'],
    ['192.0.2.77', 30, '192.0.2.76/30'],
    ['192.0.2.77', 32, '192.0.2.77/32'],
    ['10.1.2.3', 0, '0.0.0.0/0'],
    ['fd00:1::77', 64, 'fd00:1::/64'],
    ['fd00:1::77', 128, 'fd00:1::77/128'],
  ])('%s/%i lies in %s', (address, length, subnet) => {
    expect(cidrOf(ip(address), length)).toBe(subnet)
  })

  it('tells link-local addresses from others', () => {
    for (const local of ['fe80::1', 'febf::1', '169.254.0.1']) expect(isLinkLocal(ip(local))).toBe(true)
    for (const global of ['fec0::1', 'fd00::1', '169.253.0.1', '192.0.2.1'])
      expect(isLinkLocal(ip(global))).toBe(false)
  })

  it('gives the solicited-node group of an address', () => {
    expect(solicitedNodeGroup(ip('fd00::12:3456'))).toBe('ff02::1:ff12:3456')
    expect(solicitedNodeGroup(ip('2001:db8::1'))).toBe('ff02::1:ff00:1')
  })
})
