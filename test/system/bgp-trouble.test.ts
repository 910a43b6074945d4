/* Peers in trouble: each says precisely what is wrong, and the session beside it does not notice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createLab, Frr, NODE_ASN, ROUTER_ASN, routedTopology, until, type Lab } from '#lab/index.ts'

import { enterNamespace, peerResource, Speaker, target } from './bgp-speaker.ts'

const session = { myASN: NODE_ASN, peerASN: ROUTER_ASN }
const good = peerResource('good', { ...session, peerAddress: 'fd00:172:16:1::1' })
const neighbor = { asn: NODE_ASN, holdTime: 9 }

describe('a peer in trouble beside a good one', () => {
  let lab: Lab
  let leave: () => void
  let speaker: Speaker

  beforeAll(async () => {
    lab = await createLab(routedTopology({ pods: false }))
    leave = enterNamespace(lab.node('node1'))
    const config = {
      asn: ROUTER_ASN,
      routerId: '172.16.1.1',
      neighbors: [
        { ...neighbor, address: '172.16.1.11', password: 'the-right-s3cret' },
        { ...neighbor, address: 'fd00:172:16:1::11' },
      ],
    }
    await new Frr(lab.node('router'), { config }).start()
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })

  beforeEach(async () => {
    speaker = new Speaker({ secrets: { wrong: 'not-the-right-one' } })
    await speaker.open()
    await speaker.desire({ peers: [good], targets: [target('10.254.254.1')] })
    await speaker.established('good')
    await until('the route', isRouted)
    speaker.host.observations.length = 0
  })
  afterEach(async () => {
    const others = speaker.host.observations.filter((one) => one.kind === 'peer' && one.peer === 'good')
    expect(others).toEqual([])
    expect(await isRouted()).toBe(true)
    await speaker.close()
  })

  async function isRouted(): Promise<boolean> {
    return (await lab.node('router').routes()).some(({ dst }) => dst === '10.254.254.1')
  }

  /** Adds the peer and waits until its trouble has the reason; returns what it says. */
  async function trouble(spec: Record<string, string | number | object>, reason: string): Promise<string> {
    const bad = peerResource('bad', { ...session, peerAddress: '172.16.1.1', ...(spec as {}) })
    await speaker.desire({ peers: [bad, good] })
    await until(`reason ${reason}`, () => speaker.peer('bad')?.reason === reason, { timeout: 20_000 })
    const { targets } = await speaker.desire({})
    expect(targets[0]).toMatchObject({ phase: 'serving', via: ['good'] })
    expect(targets[0]?.message).toContain('not told yet: bad: ')
    const message = speaker.peer('bad')?.message ?? ''
    expect(speaker.host.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'BGP session not established' }),
    )
    return message
  }

  it('wrong password: no answer, and that it may be the password', async () => {
    expect(await trouble({ passwordSecret: { name: 'wrong' } }, 'ConnectTimeout')).toBe(
      'no answer from 172.16.1.1:179; the password may differ, or the address is unreachable or filtered',
    )
  })

  it('no password where one is required', async () => {
    expect(await trouble({}, 'ConnectTimeout')).toBe(
      'no answer from 172.16.1.1:179; the peer may require a password, or the address is unreachable or filtered',
    )
  })

  it('no such host', async () => {
    expect(await trouble({ peerAddress: '172.16.1.99' }, 'ConnectFailed')).toBe(
      'cannot connect to 172.16.1.99:179: host is unreachable (EHOSTUNREACH)',
    )
  })

  it('nobody listens', async () => {
    expect(await trouble({ peerPort: 1790 }, 'ConnectFailed')).toBe(
      'cannot connect to 172.16.1.1:1790: connection refused (ECONNREFUSED)',
    )
  })

  it('a source address this node does not have', async () => {
    expect(await trouble({ sourceAddress: '172.16.1.77' }, 'ConnectFailed')).toContain(
      'bind (source address 172.16.1.77): address not available (EADDRNOTAVAIL)',
    )
  })

  it('something that is no BGP speaker', async () => {
    const source = `require('node:net').createServer((s) => {
      s.on('error', () => {}); s.write('SSH-2.0-OpenSSH_9.2\\r\\n') }).listen(1791, () => console.log('ready'))`
    const impostor = lab.node('router').spawn([process.execPath, '-e', source])
    await impostor.waitForLine(/ready/)
    expect(await trouble({ peerPort: 1791 }, 'NotificationSent')).toBe(
      'told 172.16.1.1:1791: Message Header Error/Connection Not Synchronized (1/1)',
    )
    await impostor.stop()
  })
})
