import { beforeEach, describe, expect, it } from 'vitest'

import { News } from '#app/kubernetes/speaker/news.ts'
import { reportKey, type Report } from '#app/kubernetes/speaker/reports.ts'
import type { Reporter } from '#app/kubernetes/speaker/status-objects.ts'

const web: Report = { service: 'default/web', protocol: 'layer2', through: [] }
const reporter = { node: 'node-a', sha256: (text: string) => text } as unknown as Reporter

let told: string[]
/** Whether a status object was there before the process. */
let found: boolean | undefined
let synced: () => void
let news: News

beforeEach(() => {
  told = []
  found = false
  synced = () => {}
  news = new News({
    events: {
      announced: ({ service }) => void told.push(`announced ${service}`),
      failed: ({ service, message }) => void told.push(`failed ${service}: ${message}`),
    },
    statuses: { found: () => found, onceSynced: (listener) => void (synced = listener) },
    reporter,
  })
})

const tell = (...reports: readonly Report[]): void =>
  news.tell({ announced: new Map(reports.map((report) => [reportKey(report), report])), failed: [] })

describe('what a node announces', () => {
  it('is told once, and again when it comes back', () => {
    tell(web)
    tell(web)
    expect(told).toEqual(['announced default/web'])
    tell()
    tell(web)
    expect(told).toHaveLength(2)
  })

  it('is no news when a status object from before says so', () => {
    found = true
    tell(web)
    expect(told).toEqual([])
  })

  it('is told later when it was announced before the status objects were read', () => {
    found = undefined
    tell(web)
    tell(web)
    expect(told).toEqual([])
    found = false
    synced()
    found = true
    tell(web)
    expect(told).toEqual(['announced default/web'])
  })

  it('is not told any more when it ended meanwhile', () => {
    found = undefined
    tell(web)
    tell()
    found = false
    synced()
    expect(told).toEqual([])
  })
})

it('what cannot be announced is told once for each cause', () => {
  const failure = { service: 'default/web', announcer: 'l2', message: 'no socket' }
  const reports = { announced: new Map(), failed: [failure] }
  news.tell(reports)
  news.tell(reports)
  expect(told).toEqual(['failed default/web: no socket'])
})
