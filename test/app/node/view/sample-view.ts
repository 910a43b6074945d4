import type { NodeView } from '#app/node/view/node-view.ts'
import type { Address } from '#core/model/address.ts'

export const web = '192.0.2.1' as Address
export const db = '192.0.2.2' as Address

/** A node that serves one Service on l2 and one on BGP, with a peer that is down. */
export function sampleView(changes: Partial<NodeView> = {}): NodeView {
  return {
    format: 1,
    node: 'node-a',
    boot: '00000000000000aa',
    version: '1.2.3',
    role: 'allocating',
    term: 4,
    readiness: { ready: true, reasons: [] },
    members: [
      { node: 'node-a', alive: true, detail: 'this process' },
      { node: 'node-b', alive: true, detail: 'heard' },
    ],
    services: [
      { service: 'default/db', pool: 'lan', addresses: [db], reason: 'Assigned', message: 'gets 192.0.2.2' },
      {
        service: 'default/web',
        pool: 'lan',
        addresses: [web],
        reason: 'Assigned',
        message: 'gets 192.0.2.1',
      },
    ],
    pools: [
      { pool: 'lan', ipv4: { used: 2, total: '16' }, ipv6: { used: 0, total: '18446744073709551616' } },
    ],
    announcements: [
      { announcer: 'l2', services: ['default/web'], address: web, phase: 'serving', via: ['eth0'] },
      {
        announcer: 'native-bgp',
        services: ['default/db'],
        address: db,
        phase: 'pending',
        reason: 'NoSession',
        message: 'no session is established',
      },
    ],
    owners: [
      {
        service: 'default/web',
        address: web,
        announcer: 'l2',
        winner: 'node-a',
        reason: 'Elected',
        message: 'node-a comes first',
      },
    ],
    silent: [],
    announcers: [{ name: 'l2', phase: 'idle', healthy: true }],
    peers: [{ announcer: 'native-bgp', peer: 'tor-1', state: 'Active', reason: 'ConnectionRefused' }],
    conflicts: [],
    moves: [],
    changes: [],
    problems: [],
    assumptions: [],
    notes: [],
    ...changes,
  }
}
