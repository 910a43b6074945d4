import { describe, expect, it } from 'vitest'

import {
  isInterfaceName,
  isLabId,
  isNodeName,
  labIdOfNetns,
  macAddress,
  netnsName,
  newLabId,
  portName,
} from '#lab/names.ts'

describe('lab ids', () => {
  it('are hl- and six characters from the whole alphabet', () => {
    expect(newLabId(() => 0)).toBe('hl-aaaaaa')
    expect(newLabId((below) => below - 1)).toBe('hl-999999')
    expect(isLabId(newLabId())).toBe(true)
  })

  it('differ between labs', () => {
    expect(new Set(Array.from({ length: 100 }, () => newLabId())).size).toBe(100)
  })

  it('are not mistaken in other text', () => {
    for (const text of ['hl-', 'hl-abc12', 'hl-abc1234', 'hl-ABCDEF', 'xhl-abcdef', 'hl-abcdef-node1'])
      expect(isLabId(text)).toBe(false)
  })
})

describe('namespace names', () => {
  it('lead back to their lab', () => {
    expect(labIdOfNetns(netnsName('hl-a1b2c3', 'kind-control-plane'))).toBe('hl-a1b2c3')
  })

  it('of others belong to no lab', () => {
    for (const name of ['hl-a1b2c3', 'hl-a1b2c3-', 'cni-hl-a1b2c3-node1', 'router'])
      expect(labIdOfNetns(name)).toBeUndefined()
  })
})

describe('MAC addresses', () => {
  it('are locally administered, unicast and tell node and interface', () => {
    expect(macAddress(0, 0)).toBe('02:68:6c:00:01:00')
    expect(macAddress(9, 2)).toBe('02:68:6c:00:0a:02')
  })

  it('stay apart beyond 255 nodes', () => {
    const all = Array.from({ length: 600 }, (_, node) => macAddress(node, 0))
    expect(new Set(all).size).toBe(600)
  })
})

describe('interface names', () => {
  it('leave room for the port at the other end', () => {
    expect(isInterfaceName('abcdefghijk')).toBe(true)
    expect(portName(998, 'abcdefghijk').length).toBeLessThanOrEqual(15)
    expect(isInterfaceName('abcdefghijkl')).toBe(false)
  })

  it('are what the kernel takes', () => {
    for (const name of ['', '0eth', 'a b', 'a/b', '.', '..']) expect(isInterfaceName(name)).toBe(false)
  })
})

it('node names are those of Kubernetes nodes', () => {
  for (const name of ['node1', 'kind-control-plane', 'ip-10-0-0-1.internal'])
    expect(isNodeName(name)).toBe(true)
  for (const name of ['', 'Node1', '-a', 'a-', 'a_b', 'x'.repeat(64)]) expect(isNodeName(name)).toBe(false)
})
