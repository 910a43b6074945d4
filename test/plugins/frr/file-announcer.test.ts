import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { AnnouncerStatus, Resource, Stage } from '#core/announcer.ts'
import type { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Json } from '#core/model/json.ts'
import { parseConfig } from '#plugins/frr/config.ts'
import { FrrFileAnnouncer } from '#plugins/frr/file-announcer.ts'
import { confFile } from '#plugins/frr/io/conf-file.ts'

import { expectGolden } from '../../golden-file.ts'

const guide = { myASN: 7776, peerASN: 7675, peerAddress: '172.16.1.1', peerPort: 179 }
const { signal } = new AbortController()

let folder: string
let path: string
let host: FakeHost
let announcer: FrrFileAnnouncer
let stage: Stage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-frr-file-'))
  path = join(folder, 'frr.conf')
  host = fakeHost({ node: 'node-1' })
  stage = 'serve'
  announcer = new FrrFileAnnouncer(parseConfig({}), host, confFile(path))
  await announcer.open()
})
afterEach(async () => {
  await announcer.close()
  expect((host.clock as FakeClock).pending()).toBe(0)
  await rm(folder, { recursive: true })
})

function peer(name: string, spec: Record<string, Json> = {}): Resource {
  return { name, revision: JSON.stringify(spec), spec: { ...guide, ...spec } }
}

async function desire(peers: readonly Resource[], ...addresses: string[]): Promise<AnnouncerStatus> {
  const targets = addresses.map((text) => ({
    address: parseAddress(text) as Address,
    services: [{ name: 'default/web', labels: {}, localEndpoints: 1, totalEndpoints: 1 }],
    offers: [{ advertisement: 'BGPAdvertisement metallb-system/local', options: {} }],
    stage,
  }))
  return await announcer.reconcile({ generation: 1, targets, resources: { BGPPeer: peers } }, signal)
}

describe('the frr announcer that renders only', () => {
  it('keeps the file as things change, and says that nobody looks at FRR', async () => {
    const { targets } = await desire([peer('tor')], '10.254.254.1')
    expect(targets).toEqual([
      {
        address: '10.254.254.1',
        phase: 'serving',
        via: ['tor'],
        message: `in ${path}; what FRR makes of it is not looked at`,
      },
    ])
    const first = await readFile(path, 'utf8')
    expect(first).toMatch(/^frr defaults traditional\n/)
    expect(first).toContain('network 10.254.254.1/32')
    expect(host.observations).toEqual([
      expect.objectContaining({ kind: 'peer', peer: 'tor', state: 'Unknown', reason: 'RenderOnly' }),
    ])
    await desire([peer('tor')], '10.254.254.2')
    const second = await readFile(path, 'utf8')
    expect(second).toBe(first.replaceAll('10.254.254.1/32', '10.254.254.2/32'))
    expect((await desire([peer('tor')])).targets).toEqual([])
    expect(await readFile(path, 'utf8')).not.toContain('network 10.')
    expect(host.observations).toHaveLength(1)
  })

  it('keeps owner and mode of the file, and makes one that is its own alone', async () => {
    await desire([peer('tor')])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await writeFile(path, '', { mode: 0o640 })
    await rm(path)
    await writeFile(path, '', { mode: 0o640 })
    await desire([peer('tor')], '10.254.254.1')
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect(await readdir(folder)).toEqual(['frr.conf'])
  })

  it('writes nothing when nothing has changed', async () => {
    await desire([peer('tor')], '10.254.254.1')
    await writeFile(path, 'somebody looks')
    await desire([peer('tor')], '10.254.254.1')
    expect(await readFile(path, 'utf8')).toBe('somebody looks')
  })

  it('leaves a peer out whose Secret is missing, says so, and asks again', async () => {
    const secret = peer('safe', { peerAddress: '172.16.1.2', passwordSecret: { name: 'absent' } })
    const { targets } = await desire([secret, peer('tor')], '10.254.254.1')
    expect(targets[0]?.via).toEqual(['tor'])
    expect(await readFile(path, 'utf8')).not.toContain('172.16.1.2')
    expect(host.observations).toContainEqual(
      expect.objectContaining({ peer: 'safe', reason: 'SecretUnavailable' }),
    )
    host.secrets.set('absent', { password: new TextEncoder().encode('s3cret') })
    await (host.clock as FakeClock).advance(seconds(10))
    expect(host.observations.at(-1)?.kind).toBe('wake')
    await desire([secret, peer('tor')], '10.254.254.1')
    expect(await readFile(path, 'utf8')).toContain('neighbor 172.16.1.2 password s3cret')
    expect(JSON.stringify([host.lines, host.observations])).not.toContain('s3cret')
  })

  it('has the end of a route in the file before the route leaves it (RFC 8326)', async () => {
    await desire([peer('tor')], '10.254.254.1')
    stage = 'retire'
    const { targets } = await desire([peer('tor')], '10.254.254.1')
    expect(targets[0]).toMatchObject({ phase: 'pending', reason: 'Draining', via: ['tor'] })
    expectGolden('frr/draining/frr.conf', await readFile(path, 'utf8'))
    await (host.clock as FakeClock).advance(seconds(1))
    expect(host.observations.at(-1)?.kind).toBe('wake')
    expect((await desire([peer('tor')], '10.254.254.1')).targets[0]?.phase).toBe('silent')
    expect(await readFile(path, 'utf8')).not.toMatch(/network 10\.|graceful-shutdown/)
  })

  it('says why the file cannot be written, and tries again', async () => {
    const lost = new FrrFileAnnouncer(parseConfig({}), host, confFile(join(folder, 'absent', 'frr.conf')))
    announcer = lost
    const { targets } = await desire([peer('tor')], '10.254.254.1')
    expect(targets[0]).toMatchObject({ phase: 'pending' })
    expect(targets[0]?.message).toContain('ENOENT')
    expect(host.observations[0]).toMatchObject({ peer: 'tor', reason: 'FileNotWritten' })
    expect((host.clock as FakeClock).pending()).toBe(1)
  })
})
