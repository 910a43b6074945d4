import { expect, it } from 'vitest'

import { statusText } from '#app/node/view/status-text.ts'
import { sampleView, web } from './sample-view.ts'

it('shows everything of several nodes in tables, each Service and each problem once', () => {
  const problem = {
    object: 'Service default/x',
    field: 'spec.type',
    reason: 'WrongType',
    message: 'found 7, allowed: string',
    file: 'lb/x.yaml',
    line: 3,
  } as const
  const conflict = {
    announcer: 'l2',
    kind: 'conflict',
    address: web,
    hardwareAddress: '02:00:00:00:00:09',
    via: 'eth0',
  } as const
  const pending = {
    service: 'default/z',
    addresses: [],
    reason: 'PoolExhausted',
    message: 'all 8 addresses are in use',
  } as const
  const views = [
    sampleView({ problems: [problem], conflicts: [conflict], services: [...sampleView().services, pending] }),
    sampleView({
      node: 'node-b',
      role: 'following',
      readiness: { ready: false, reasons: ['listening for the other nodes'] },
      members: [...sampleView().members, { node: 'node-c', alive: true, detail: 'heard' }],
      announcements: [],
      peers: [],
      problems: [problem],
    }),
    sampleView({ node: 'node-c', role: 'stopped', announcements: [], peers: [], members: [] }),
  ]
  expect(statusText(views)).toBe(`\
NODE    ROLE        TERM  READY                          OTHERS ALIVE
node-a  allocating  4     yes                            1 of 1
node-b  following   4     listening for the other nodes  2 of 2
node-c  stopped     4     -                              -

SERVICE      ADDRESSES  POOL  REASON         MESSAGE
default/db   192.0.2.2  lan   Assigned
default/web  192.0.2.1  lan   Assigned
default/z    -          -     PoolExhausted  all 8 addresses are in use

ADDRESS    NODE    ANNOUNCER   PHASE    VIA   REASON     MESSAGE
192.0.2.1  node-a  l2          serving  eth0
192.0.2.2  node-a  native-bgp  pending  -     NoSession  no session is established

NODE    PEER   ANNOUNCER   STATE   REASON             MESSAGE
node-a  tor-1  native-bgp  Active  ConnectionRefused

ADDRESS    NODE    ALSO ANSWERED BY   VIA
192.0.2.1  node-a  02:00:00:00:00:09  eth0

PROBLEMS
lb/x.yaml:3: Service default/x spec.type: WrongType: found 7, allowed: string [node-a, node-b]
`)
})

it('says when an address is where a person asked for it', () => {
  const asked = sampleView()
  const owners = asked.owners.map((owner) => ({
    ...owner,
    winner: asked.node,
    reason: 'AsWished' as const,
    message: `${asked.node} was asked for`,
  }))
  const announcements = asked.announcements.map((announcement) => {
    const { reason: _, message: __, ...rest } = announcement
    return rest
  })
  expect(statusText([sampleView({ owners, announcements })])).toMatch(
    new RegExp(`${asked.node} .*AsWished +${asked.node} was asked for$`, 'm'),
  )
})
