/* The status page as a reader sees it: a real Chromium, on a running lab and on 10,000 Services. */
import { join } from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { NodeView } from '#app/node/view/node-view.ts'
import { StatusServer } from '#app/status-page/status-server.ts'
import { Browser, seriousBarriers } from './browser.ts'
import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, others, pool, service } from './standalone-cluster.ts'
import { sampleView } from '../app/node/view/sample-view.ts'

/** Where to leave pictures for a person to look at; nowhere in an ordinary run. */
const pictures = process.env['HERALD_SCREENSHOTS']

async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) })
}

const rows = (page: Page) => page.locator('#service-rows tr')

describe('on a running lab', () => {
  let program: Program
  let cluster: Cluster
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    program = await bundleProgram()
    cluster = await Cluster.make(program)
    await cluster.put('pools.yaml', pool('lan', '192.168.10.0/28'), l2Advertisement('lan'))
    await cluster.put('web.yaml', service('web'))
    await cluster.put('wishful.yaml', service('wishful', { 'metallb.io/loadBalancerIPs': '203.0.113.7' }))
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
    const advertisement = l2Advertisement('lan', {
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
