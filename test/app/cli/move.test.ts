/* The command on a folder, whose processes' views the test writes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { expectGolden } from '../../golden-file.ts'
import { eventually } from '../eventually.ts'
import { FolderOfViews, names, own, serviceObject } from './folder-of-views.ts'
import { run } from './run.ts'

const manifests = [
  ...names.map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { is: name } } })),
  own('IPAddressPool', 'lan', { addresses: ['192.0.2.0/28', '2001:db8::/124'] }),
  own('IPAddressPool', 'edge', { addresses: ['198.51.100.0/29'], autoAssign: false }),
  own('IPAddressPool', 'fabric', { addresses: ['203.0.113.0/29'], autoAssign: false }),
  own('L2Advertisement', 'lan', { ipAddressPools: ['lan'] }),
  own('L2Advertisement', 'edge', {
    ipAddressPools: ['edge'],
    nodeSelectors: [{ matchLabels: { is: 'node-a' } }],
  }),
  own('BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'] }),
  {
    ...own('BGPPeer', 'tor', { myASN: 64_513, peerASN: 64_512, peerAddress: '10.0.0.1' }),
    apiVersion: 'metallb.io/v1beta2',
  },
  serviceObject('web', ['192.0.2.1', '2001:db8::1']),
  serviceObject('dns', ['192.0.2.5'], { 'metallb.io/allow-shared-ip': 'dns' }, 53),
  serviceObject('api', ['192.0.2.5'], { 'metallb.io/allow-shared-ip': 'dns' }, 443),
  serviceObject('here', ['198.51.100.1']),
  serviceObject('routed', ['203.0.113.1']),
  serviceObject('mail', ['192.0.2.6'], { 'metallb.io/allow-shared-ip': 'mail' }, 25),
  serviceObject(
    'imap',
    ['192.0.2.6'],
    { 'metallb.io/allow-shared-ip': 'mail', 'heraldlb.io/move-to': 'node-a' },
    143,
  ),
  serviceObject('pinned', ['192.0.2.7'], { 'heraldlb.io/move-to': 'node-a' }),
]

let place: FolderOfViews
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-move-'))
  const list = { apiVersion: 'v1', kind: 'List', items: manifests }
  await writeFile(join(folder, 'all.json'), JSON.stringify(list))
  place = new FolderOfViews(folder)
  await place.serves('node-a', ['192.0.2.1', '2001:db8::1', '192.0.2.5', '198.51.100.1'], 'stable')
  await place.serves('node-b', [], 'stable')
  await place.serves('node-c', [], 'stable')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const move = (service: string, ...flags: string[]) => run(['move', service, folder, ...flags])
const wish = (file: string) =>
  readFile(join(folder, '.herald/wishes/move', file), 'utf8').catch(() => undefined)

describe('herald move', () => {
  it('prints which address goes from where to where, and what is at risk', async () => {
    const text = await move('svc/default/web', '--to', 'node-b', '--dry-run')
    expect(text).toMatchObject({ status: 0, err: '' })
    expectGolden('move/web.txt', text.out)
    const json = await move('svc/default/web', '--to', 'node-b', '--dry-run', '-o', 'json')
    expectGolden('move/web.json', json.out)
    expect(await wish('default_web')).toBeUndefined()
  })

  it('asks for it, and waits until that node and no other serves', async () => {
    const running = move('svc/default/web', '--to', 'node-b')
    await eventually(async () => expect(await wish('default_web')).toBe('node-b\n'))
    await place.serves('node-b', ['192.0.2.1', '2001:db8::1'], 'stable')
    await place.serves('node-a', ['192.0.2.5', '198.51.100.1'], 'stable')
    const { status, out } = await running
    expect(out).toContain('192.0.2.1, 2001:db8::1: node-b serves, node-a is silent\n')
    expect(out).toMatch(/default\/web: node-b answers\n$/)
    expect(status).toBe(0)
  })

  it('gives up waiting in time, and says what is still asked for', async () => {
    const { status, out } = await move('svc/default/web', '--to', 'node-b', '--timeout', '10ms')
    expect(out).toMatch(/default\/web: not moved in time, and still asked for: 192.0.2.1\n$/)
    expect(status).toBe(1)
    expect(await wish('default_web')).toBe('node-b\n')
  })

  it.each(['svc/dns', 'service/default/dns', '192.0.2.5'])(
    '%s brings along all that share the address',
    async (service) => {
      const { out } = await move(service, '--to', 'node-c', '--dry-run')
      expect(out).toMatch(/192\.0\.2\.5 +default\/api, default\/dns +node-a -> node-c/)
    },
  )

  it('back ends the wish, and under stable election leaves the address where it is', async () => {
    await move('svc/web', '--to', 'node-b', '--timeout', '10ms')
    await place.serves('node-b', ['192.0.2.1', '2001:db8::1'], 'stable')
    await place.serves('node-a', ['192.0.2.5', '198.51.100.1'], 'stable')
    const { status, out } = await move('svc/web', '--back')
    expect(out).toContain(
      'default/web: nothing moves now\n  192.0.2.1, 2001:db8::1: stays, node-b answers for it\n',
    )
    expect(status).toBe(0)
    expect(await wish('default_web')).toBeUndefined()
  })

  it('back ends the wish for a Service that is gone', async () => {
    await move('svc/web', '--to', 'node-b', '--timeout', '10ms')
    const items = manifests.filter(({ metadata }) => metadata.name !== 'web')
    await writeFile(join(folder, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    expect((await move('svc/web', '--to', 'node-b')).err).toContain('found no Service default/web')
    const first = await move('svc/web', '--back', '--dry-run')
    expect(first).toMatchObject({ status: 0, err: '' })
    expect(await wish('default_web')).toBe('node-b\n')
    const { status, out } = await move('svc/web', '--back')
    expect(out).toBe('default/web: the Service is gone, and so is the wish\n')
    expect(status).toBe(0)
    expect(await wish('default_web')).toBeUndefined()
    expect((await move('svc/web', '--back')).status).toBe(2)
  })

  it('once leaves no wish behind', async () => {
    const running = move('svc/web', '--to', 'node-b', '--once')
    await eventually(async () => expect(await wish('default_web')).toBe('node-b\n'))
    await place.serves('node-b', ['192.0.2.1', '2001:db8::1'], 'stable')
    await place.serves('node-a', ['192.0.2.5', '198.51.100.1'], 'stable')
    expect(await running).toMatchObject({ status: 0 })
    expect(await wish('default_web')).toBeUndefined()
  })

  it('once is refused under the election by hash, which would move it back', async () => {
    for (const name of names) await place.serves(name, [], 'hash')
    const { status, err } = await move('svc/web', '--to', 'node-b', '--once')
    expect(err).toMatch(/^herald move: --once: under the election by hash/)
    expect(status).toBe(2)
  })

  it('back says when the manifest itself asks for the node', async () => {
    const { status, err } = await move('svc/pinned', '--back')
    expect(err).toContain('remove the annotation heraldlb.io/move-to there: default/pinned (node-a)')
    expect(status).toBe(2)
  })

  it('says when the manifest of a Service that shares the address asks for another node', async () => {
    const { status, err } = await move('svc/mail', '--to', 'node-b', '--timeout', '10ms')
    expect(err).toContain('remove the annotation heraldlb.io/move-to there: default/imap (node-a)')
    expect(status).toBe(2)
    expect(await wish('default_mail')).toBeUndefined()
  })

  it.each([
    ['svc/wep', ['--to', 'node-b'], 'found no Service default/wep, allowed: svc/default/web'],
    ['svc/web', ['--to', 'node-d'], 'found no Node node-d, allowed: node-a, node-b, node-c'],
    ['svc/web', ['-n', 'shop', '--to', 'node-b'], 'found no Service shop/web'],
    ['192.0.2.9', ['--to', 'node-b'], 'no Service has the address 192.0.2.9'],
    [
      'svc/here',
      ['--to', 'node-b'],
      'nodeSelectors of L2Advertisement metallb-system/edge do not select node-b',
    ],
    ['svc/routed', ['--to', 'node-b'], 'every eligible node announces it (native-bgp)'],
    ['svc/web', [], 'give either --to NODE or --back'],
    ['svc/web', ['--back', '--once'], '--once goes with --to NODE'],
  ])('of %s %j is refused, and says why', async (service, flags, why) => {
    const { status, err } = await move(service, ...flags)
    expect(err).toContain(why)
    expect(status).toBe(2)
  })

  it('refuses a node that is dead, or being drained', async () => {
    await place.serves('node-a', [], 'stable', { dead: ['node-b'] })
    expect((await move('svc/web', '--to', 'node-b')).err).toContain('herald move: node-b is down\n')
    await run(['drain', 'node-c', folder, '--timeout', '10ms'])
    expect((await move('svc/web', '--to', 'node-c')).err).toContain(
      'node-c was asked for, but it is being drained\n',
    )
  })
})
