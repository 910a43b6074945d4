import { describe, expect, it } from 'vitest'

import type { Address } from '#core/model/address.ts'
import type { NodeObject } from '#core/model/objects.ts'
import { standingOn, subnetFaults, subnetsOf } from '#core/model/subnets.ts'

function node(annotations: Record<string, string>): NodeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', annotations } }
}

function standing(annotations: Record<string, string>, address: string): string {
  return standingOn(subnetsOf(node(annotations)), address as Address)
}

describe('the subnets of a node', () => {
  it('are what its annotation lists, else what Calico wrote', () => {
    const calico = { 'projectcalico.org/IPv4Address': '192.0.2.7/24' }
    expect(standing(calico, '192.0.2.200')).toBe('on')
    expect(standing({ ...calico, 'heraldlb.io/subnets': '198.51.100.0/24' }, '192.0.2.200')).toBe('off')
  })

  it('say nothing of another family', () => {
    const own = { 'heraldlb.io/subnets': '198.51.100.0/24' }
    expect(standing(own, '198.51.100.9')).toBe('on')
    expect(standing(own, '192.0.2.1')).toBe('off')
    expect(standing(own, 'fd00::1')).toBe('unknown')
    expect(standing({}, '192.0.2.1')).toBe('unknown')
  })

  it('lose what is no CIDR, which is reported by its text', () => {
    const own = node({ 'heraldlb.io/subnets': '192.0.2.0/24, 10.0.0.1-10.0.0.9, x' })
    expect(subnetsOf(own)).toHaveLength(1)
    expect(subnetFaults(own)).toEqual(
      ['10.0.0.1-10.0.0.9', 'x'].map((text) => ({
        field: 'metadata.annotations["heraldlb.io/subnets"]',
        message: `found "${text}", allowed: CIDRs as 192.0.2.0/24, separated by commas`,
      })),
    )
  })
})
