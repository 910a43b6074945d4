/* The status page as a reader sees it: a real Chromium, on a running lab and on 10,000 Services. */
import { join } from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { NodeView } from '#app/node/view/node-view.ts'
import { StatusServer } from '#app/status-page/status-server.ts'
import { Frr } from '#lab/index.ts'

import { Browser, seriousBarriers } from './browser.ts'
import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, others, pool, service } from './standalone-cluster.ts'
import { sampleView } from '../app/node/view/sample-view.ts'

/** Where to leave pictures for a person to look at; nowhere in an ordinary run. */
const pictures = process.env['HERALD_SCREENSHOTS']

async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) })
}

const nodes = ['node1', 'node2', 'node3'] as const

const lan = (spec = {}) => l2Advertisement('lan', { ipAddressPools: ['lan'], ...spec })

function fabric(peerAddress: string): object[] {
  const metadata = (name: string): object => ({ metadata: { name, namespace: 'metallb-system' } })
  const tor = { myASN: 64_500, peerASN: 64_501, peerAddress, connectTime: '1s' }
  const onRequest = { addresses: ['203.0.113.0/30'], autoAssign: false }
  return [
    { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', ...metadata('fabric'), spec: onRequest },
    { apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', ...metadata('tor'), spec: tor },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPAdvertisement',
      ...metadata('fabric'),
      spec: { ipAddressPools: ['fabric'] },
    },
  ]
}

const rows = (page: Page) => page.locator('#service-rows tr')

describe('on a running lab', () => {
  let program: Program
  let cluster: Cluster
  let router: Frr
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await Cluster.make(program)
    await cluster.put('pools.yaml', pool('lan', '192.168.10.0/28'), lan())
    await cluster.put('web.yaml', service('web'))
    await cluster.put('wishful.yaml', service('wishful', { 'metallb.io/loadBalancerIPs': '203.0.113.7' }))
    await cluster.put('fabric.yaml', ...fabric(cluster.client.address('IPv4')))
    await cluster.put('api.yaml', service('api', { 'metallb.io/address-pool': 'fabric' }))
    const neighbors = nodes.map((name) => ({ address: cluster.lab.node(name).address('IPv4'), asn: 64_500 }))
    router = new Frr(cluster.client, { config: { asn: 64_501, routerId: '192.168.10.250', neighbors } })
    await router.start()
    await cluster.startAll()
    browser = await Browser.start(cluster.lab.node('node1'))
    page = await browser.open('http://127.0.0.1:7474/')
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.dispose()
    program?.remove()
  })

  it('shows who announces what, and why one Service has no address', async () => {
    const [address = ''] = await cluster.addresses('default/web')
    const owner = await cluster.owner(address)
    const web = rows(page).filter({ hasText: 'default/web' })
    await web.filter({ hasText: owner }).waitFor()
    expect(await web.innerText()).toContain(address)
    await rows(page).filter({ hasText: 'default/wishful' }).filter({ hasText: 'AddressNotInPool' }).waitFor()
    await picture(page, 'services')
  })

  it('walks through the decisions on a Service that is clicked', async () => {
    await page.getByRole('button', { name: 'default/wishful' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Remedy:').waitFor()
    expect(await seriousBarriers(page)).toEqual([])
    await picture(page, 'explain-pending')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'default/web' }).click()
    await dialog.getByText('sha256').first().waitFor()
    await picture(page, 'explain')
    await page.getByRole('button', { name: 'Close' }).click()
  })

  it('follows a change without being asked', async () => {
    await cluster.put('db.yaml', service('db'))
    await rows(page).filter({ hasText: 'default/db' }).filter({ hasText: 'announced' }).waitFor()
  })

  it('tells of an address that moved, in the timeline and at the nodes', async () => {
    const [address = ''] = await cluster.addresses('default/web')
    const before = await cluster.owner(address)
    const advertisement = lan({
      nodeSelectors: others(before).map((name) => ({ matchLabels: { 'kubernetes.io/hostname': name } })),
    })
    await cluster.put('pools.yaml', pool('lan', '192.168.10.0/28'), advertisement)
    await cluster.owner(address, others(before))
    await page.getByRole('link', { name: 'Timeline' }).click()
    await page
      .locator('.moves li')
      .filter({ hasText: `${before} →` })
      .first()
      .waitFor()
    await picture(page, 'timeline')
  })

  it('shows the sessions with their state and since when, and follows one that is lost', async () => {
    await page.getByRole('link', { name: 'Peers' }).click()
    const sessions = page.locator('#peer-table tbody tr')
    for (const node of nodes)
      await sessions
        .filter({ hasText: node })
        .filter({ hasText: 'Established' })
        .filter({ hasText: 'native-bgp' })
        .waitFor()
    const since = await sessions.first().locator('time').getAttribute('datetime')
    expect(Date.now() - Date.parse(since ?? '')).toBeLessThan(600_000)
    await page.getByRole('link', { name: 'Services' }).click()
    const api = rows(page).filter({ hasText: 'default/api' })
    await api
      .filter({ hasText: 'native-bgp tor' })
      .filter({ hasText: nodes.join(', ') })
      .waitFor()
    await picture(page, 'services-bgp')
    await page.getByRole('link', { name: 'Peers' }).click()
    await picture(page, 'peers-established')
    await router.stop()
    const established = sessions.filter({ hasText: 'Established' })
    await expect.poll(() => established.count(), { timeout: 15_000 }).toBe(0)
    await picture(page, 'peers-lost')
    await page.getByRole('link', { name: 'Services' }).click()
    await rows(page).filter({ hasText: 'default/api' }).filter({ hasText: 'NoSessionEstablished' }).waitFor()
  })

  it('shows who is heard, and who is not', async () => {
    await page.getByRole('link', { name: 'Nodes' }).click()
    const alive = page.locator('#node-table tbody tr').filter({ hasText: 'alive' })
    await alive.nth(2).waitFor()
  })

  it.each(['Nodes', 'Pools', 'Peers', 'Problems'])('draws the section %s without a barrier', async (name) => {
    await page.getByRole('link', { name }).click()
    await page.getByRole('heading', { name, level: 2 }).waitFor()
    expect(await seriousBarriers(page)).toEqual([])
    await picture(page, name.toLowerCase())
  })

  it('is made for both light and dark rooms', async () => {
    const dark = await browser.open('http://127.0.0.1:7474/', 'dark')
    await rows(dark).first().waitFor()
    expect(await seriousBarriers(dark)).toEqual([])
    await picture(dark, 'dark')
    await dark.getByRole('button', { name: 'Light' }).click()
    expect(await dark.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(251, 251, 253)')
    await dark.close()
  })

  it('complained about nothing', () => {
    expect(browser.complaints).toEqual([])
  })

  it('says when the process is away, and comes back with it', async () => {
    const status = page.getByRole('status')
    cluster.herald('node1').kill('SIGKILL')
    await status.filter({ hasText: 'no answer' }).waitFor()
    cluster.start('node1')
    await status.filter({ hasText: 'as of' }).waitFor()
  })
})

describe('with 10,000 Services', () => {
  const view = manyServices(10_000)
  const source = {
    own: () => view,
    views: async () => [view],
    explain: () => undefined,
    onChange: () => () => undefined,
  }
  const server = new StatusServer(source)
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
    browser = await Browser.start()
    page = await browser.open(`http://127.0.0.1:${port}/`)
  })
  afterAll(async () => {
    await browser?.close()
    await server.close()
  })

  it('shows a page of them, and turns to the next by keyboard', async () => {
    await page.getByText('1–100 of 10000').waitFor()
    expect(await rows(page).count()).toBe(100)
    await page.getByRole('button', { name: 'Next' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('101–200 of 10000').waitFor()
    await picture(page, 'many')
  })

  it('finds one of them by a word', async () => {
    await page.getByRole('searchbox', { name: 'Filter' }).fill('service-0042')
    await page.getByText('1 found').waitFor()
    expect(await rows(page).count()).toBe(1)
  })

  it('has no barrier and complains about nothing', async () => {
    expect(await seriousBarriers(page)).toEqual([])
    expect(browser.complaints).toEqual([])
  })
})

function manyServices(count: number): NodeView {
  const [announcement] = sampleView().announcements
  const numbered = Array.from({ length: count }, (_, i) => {
    const service = `default/service-${String(i).padStart(4, '0')}`
    const address = `10.0.${i >> 8}.${i & 255}` as NonNullable<typeof announcement>['address']
    return { service, address }
  })
  return sampleView({
    services: numbered.map(({ service, address }) => ({
      service,
      pool: 'lan',
      addresses: [address],
      reason: 'Assigned',
      message: `gets ${address}`,
    })),
    announcements: numbered.map(({ service, address }) => ({
      ...announcement!,
      services: [service],
      address,
    })),
  })
}
