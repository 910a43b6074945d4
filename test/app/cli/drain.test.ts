/* The commands on a folder, whose processes' views the test writes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Address } from '#core/model/address.ts'

import { expectGolden } from '../../golden-file.ts'
import { eventually } from '../eventually.ts'
import { FolderOfViews, names, own, serviceObject } from './folder-of-views.ts'
import { run } from './run.ts'

/** Lines, without those that say after five seconds that it goes on: a busy machine may take as long. */
function told(output: string): readonly string[] {
  return output.split('\n').filter((line) => !line.includes('still to come'))
}

const manifests = [
  ...names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { is: name } },
  })),
  own('IPAddressPool', 'lan', {
    addresses: ['192.0.2.0/28', '2001:db8::/124'],
  }),
  own('IPAddressPool', 'edge', {
    addresses: ['198.51.100.0/29'],
    autoAssign: false,
  }),
  own('IPAddressPool', 'fabric', {
    addresses: ['203.0.113.0/29'],
    autoAssign: false,
  }),
  own('L2Advertisement', 'lan', { ipAddressPools: ['lan'] }),
  own('L2Advertisement', 'edge', {
    ipAddressPools: ['edge'],
    nodeSelectors: [{ matchLabels: { is: 'node-a' } }],
  }),
  own('BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'] }),
  {
    ...own('BGPPeer', 'tor', {
      myASN: 64_513,
      peerASN: 64_512,
      peerAddress: '10.0.0.1',
    }),
    apiVersion: 'metallb.io/v1beta2',
  },
  serviceObject('web', ['192.0.2.1', '2001:db8::1']),
  serviceObject('api', ['192.0.2.2']),
  serviceObject('dns', ['192.0.2.5']),
  serviceObject('here', ['198.51.100.1']),
  serviceObject('routed', ['203.0.113.1']),
]

let place: FolderOfViews
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-drain-'))
  place = new FolderOfViews(folder)
  await writeFile(
    join(folder, 'all.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }),
  )
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const all = ['192.0.2.1', '2001:db8::1', '192.0.2.2', '192.0.2.5', '198.51.100.1']

/** Whatever the hash says, node-a holds everything, and under stable election keeps it. */
async function everythingOnA(): Promise<void> {
  await place.serves('node-a', all, 'stable')
  await place.serves('node-b', [], 'stable')
  await place.serves('node-c', [], 'stable')
}

const wish = (node = 'node-a') =>
  readFile(join(folder, '.herald/wishes/drain', node), 'utf8').catch(() => undefined)

describe('herald drain', () => {
  it('prints which address goes where, in which order, and what is at risk', async () => {
    await everythingOnA()
    const text = await run(['drain', 'node-a', folder, '--dry-run'])
    expect(text).toMatchObject({ status: 1, err: '' })
    expectGolden('drain/node-a.txt', text.out)
    expectGolden('drain/node-a.json', (await run(['drain', 'node-a', folder, '--dry-run', '-o', 'json'])).out)
    expect(await wish()).toBeUndefined()
  })

  it('asks for the drain, tells of each address that is acknowledged, and of what stays', async () => {
    await everythingOnA()
    const running = run(['drain', 'node-a', folder, '--reason', 'a new disk'])
    await eventually(async () => expect(await wish()).toBe('a new disk\n'))
    await place.serves('node-b', ['192.0.2.2', '192.0.2.5'], 'stable')
    await place.serves('node-a', ['192.0.2.1', '2001:db8::1', '192.0.2.5', '198.51.100.1'], 'stable')
    await place.serves('node-c', ['192.0.2.1', '2001:db8::1'], 'stable')
    await place.serves('node-a', ['198.51.100.1'], 'stable')
    const { status, out } = await running
    expect(told(out).slice(-5).toSorted()).toEqual([
      '',
      '  192.0.2.1, 2001:db8::1: node-c serves, node-a is silent',
      '  192.0.2.2: node-b serves, node-a is silent',
      '  192.0.2.5: node-b serves, node-a is silent',
      'node-a goes on announcing 198.51.100.1',
    ])
    expect(status).toBe(1)
  })

  it('waits for routes until no peer has them any more', async () => {
    const route = { announcer: 'native-bgp', services: [], address: '203.0.113.1' as Address, via: ['tor'] }
    await everythingOnA()
    await place.serves('node-b', [], 'stable', { routes: [{ ...route, phase: 'serving' }] })
    const running = run(['drain', 'node-b', folder, '-o', 'json'])
    await eventually(async () => expect(await wish('node-b')).toMatch(/^herald drain by/))
    await place.serves('node-b', [], 'stable', {
      routes: [{ ...route, phase: 'pending', reason: 'Draining' }],
    })
    let ended = false
    void running.then(() => (ended = true))
    await sleep(250)
    expect(ended).toBe(false)
    await place.serves('node-b', [], 'stable', { routes: [{ ...route, phase: 'silent', via: [] }] })
    const { status, err } = await running
    expect(told(err)).toEqual(['  203.0.113.1: withdrawn by node-b (native-bgp)', 'node-b is empty', ''])
    expect(status).toBe(0)
  })

  it('gives up waiting in time, and says what is still asked for', async () => {
    await everythingOnA()
    const { status, out } = await run(['drain', 'node-a', folder, '--timeout', '10ms'])
    expect(status).toBe(1)
    expect(out).toMatch(/node-a: not done in time, and still asked for: /)
    expect(await wish()).toMatch(/^herald drain by /)
  })

  it('of an empty node moves nothing, and still keeps it empty', async () => {
    await everythingOnA()
    const { status, out } = await run(['drain', 'node-b', folder])
    expect(out).toContain('node-b is empty')
    expect(status).toBe(0)
  })

  it.each([
    [['drain', 'node-d'], /found no Node node-d, allowed: node-a, node-b, node-c; did you mean "node-a"\?/],
    [['drain', 'node-a', '--timeout', 'soon'], /Allowed: a duration such as 90s or 10m/],
  ])('%j is refused with what is allowed', async ([command = '', ...rest], expected) => {
    await everythingOnA()
    const [node = '', ...flags] = rest
    const { status, err } = await run([command, node, folder, ...flags])
    expect(err).toMatch(expected)
    expect(status).toBe(2)
  })

  it('says when no process runs on the folder', async () => {
    const { status, err } = await run(['drain', 'node-a', folder])
    expect(err).toBe(`herald drain: ${join(folder, '.herald')}: no process has written its view here\n`)
    expect(status).toBe(2)
  })
})

describe('herald undrain', () => {
  it('takes the wish back, and under stable election moves nothing', async () => {
    await everythingOnA()
    await run(['drain', 'node-a', folder, '--timeout', '10ms'])
    await place.serves('node-a', ['198.51.100.1'], 'stable')
    await place.serves('node-b', ['192.0.2.1', '2001:db8::1', '192.0.2.2', '192.0.2.5'], 'stable')
    const { status, out } = await run(['undrain', 'node-a', folder])
    expect(out).toBe('node-a: nothing comes back to it now\nnode-a takes part again\n')
    expect(status).toBe(0)
    expect(await wish()).toBeUndefined()
  })

  it('says what comes back under the election by hash', async () => {
    await place.serves('node-c', all, 'hash')
    await place.serves('node-b', [], 'hash')
    await run(['drain', 'node-b', folder])
    const { status, out } = await run(['drain', 'node-b', folder, '--undo', '--dry-run'])
    expect(out).toMatch(/^node-b: \d moves? back to it\n {2}1\. /)
    expect(status).toBe(0)
  })
})
