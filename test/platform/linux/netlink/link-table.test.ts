import { describe, expect, it } from 'vitest'

import type { Address } from '#core/model/address.ts'
import { LinkTable } from '#platform/linux/netlink/link-table.ts'
import type { LinkInfo, NetlinkMessage } from '#platform/linux/netlink/messages.ts'

const UP_RUNNING_BROADCAST = 0x1 | 0x40 | 0x2

function link(index: number, name: string, more: Partial<LinkInfo> = {}): NetlinkMessage {
  const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, index)
  return {
    kind: 'link',
    link: { index, name, type: 1, flags: UP_RUNNING_BROADCAST, hardwareAddress, ...more },
  }
}

function assigned(index: number, text: string): NetlinkMessage {
  return { kind: 'address', assignment: { index, address: text as Address, prefixLength: 24 } }
}

const done = (seq: number, interrupted = false): NetlinkMessage => ({ kind: 'done', seq, interrupted })

function synced(...messages: readonly NetlinkMessage[]): LinkTable {
  const table = new LinkTable(1)
  table.apply([...messages, done(1)])
  table.apply([done(2)])
  return table
}

describe('the table of links', () => {
  it('asks for links, then addresses, and publishes when both have come', () => {
    const table = new LinkTable(10)
    expect(table.awaiting).toEqual({ dump: 18, seq: 10 })
    expect(table.apply([link(2, 'eth0')])).toEqual([])
    expect(table.apply([done(10)])).toEqual([{ kind: 'request', dump: 22, seq: 11 }])
    expect(table.apply([assigned(2, '192.0.2.1'), done(11)])).toEqual([{ kind: 'publish' }])
    expect(table.links()).toEqual([
      {
        index: 2,
        name: 'eth0',
        up: true,
        running: true,
        ethernet: true,
        broadcast: true,
        noArp: false,
        enslaved: false,
        hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 2),
        addresses: [{ address: '192.0.2.1', prefixLength: 24 }],
      },
    ])
  })

  it('follows renames, flags, masters and removals, with the addresses of a removed link', () => {
    const table = synced(link(2, 'eth0'), link(3, 'eth1'), assigned(3, '192.0.2.3'))
    expect(table.apply([link(2, 'lan0', { flags: 0x81, master: 9 })])).toEqual([{ kind: 'publish' }])
    table.apply([{ kind: 'link-gone', index: 3 }, link(3, 'eth9')])
    const [first, second] = table.links()
    expect(first).toMatchObject({
      name: 'lan0',
      running: false,
      noArp: true,
      enslaved: true,
      broadcast: false,
    })
    expect(second).toMatchObject({ name: 'eth9', addresses: [] })
  })

  it('follows addresses that come and go', () => {
    const table = synced(link(2, 'eth0'), assigned(2, '192.0.2.1'), assigned(2, '192.0.2.2'))
    const gone = { index: 2, address: '192.0.2.1' as Address, prefixLength: 24 }
    table.apply([
      { kind: 'address-gone', assignment: gone },
      { kind: 'address-gone', assignment: { ...gone, index: 5 } },
    ])
    expect(table.links()[0]?.addresses).toEqual([{ address: '192.0.2.2', prefixLength: 24 }])
  })

  it('counts a link that is down as not running, whatever its carrier', () => {
    const [only] = synced(link(2, 'eth0', { flags: 0x40 })).links()
    expect(only).toMatchObject({ up: false, running: false })
  })

  it('counts a tunnel without six-byte addresses as not Ethernet', () => {
    const [only] = synced(link(2, 'tun0', { type: 65534, hardwareAddress: new Uint8Array(0) })).links()
    expect(only?.ethernet).toBe(false)
  })

  it('starts over when a dump is interrupted, refused or malformed', () => {
    for (const message of [
      done(1, true),
      { kind: 'error', seq: 1, errno: 16 },
      { kind: 'malformed' },
    ] as const)
      expect(new LinkTable(1).apply([message])[0]?.kind).toBe('restart')
  })

  it('ignores the end of a dump it no longer waits for', () => {
    const table = new LinkTable(5)
    expect(table.apply([done(3)])).toEqual([])
    expect(table.awaiting?.seq).toBe(5)
  })
})
