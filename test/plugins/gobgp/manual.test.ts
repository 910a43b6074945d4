import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { bgpOptionsSchema } from '#core/bgp/options.ts'
import { catalogue } from '#metrics/catalogue.ts'
import { parseConfig } from '#plugins/gobgp/config.ts'
import { markAdministrator } from '#plugins/gobgp/marks.ts'
import { metricSpecs } from '#plugins/gobgp/metrics.ts'
import { unsupported } from '#plugins/gobgp/unsupported.ts'

import { manualOf, rows } from '../manual.ts'

const { folder, section, text: manual } = manualOf('gobgp')

describe('the manual page', () => {
  it('lists the options of an offer as the schema has them', () => {
    expect(rows(section('Options'))).toEqual(Object.keys(bgpOptionsSchema.properties ?? {}))
  })

  it('lists the options of the plugin, with their defaults', () => {
    const options = rows(section('Configuration').split('Of a session')[0] ?? '')
    expect(() => parseConfig({ unknown: 1 })).toThrow(options.sort().join(', '))
    const { endpoint, listenPort, belt, drainTime } = parseConfig({})
    expect(manual).toContain(`| \`endpoint\` | \`${endpoint}\` |`)
    expect(manual).toContain(`| \`listenPort\` | ${listenPort} |`)
    expect(manual).toContain(`| \`maxPrefixes\` | ${belt.maxPrefixes} |`)
    expect(manual).toContain(`| \`drainTime\` | ${drainTime / 1000}s |`)
  })

  it('names the fields that are refused', () => {
    const line = /Refused, with the reason: (.*?)\./.exec(manual)?.[1]
    expect(line).toBe(unsupported.map(({ field }) => `\`${field}\``).join(', '))
  })

  it('names every reason of a peer, and the mark', () => {
    const source = readFileSync(join(folder, 'errors.ts'), 'utf8')
    const reasons = [...source.matchAll(/^ {4}\| '(\w+)'$/gm)].map(([, reason = '']) => reason)
    expect(rows(section('Failure modes')).sort()).toEqual(reasons.sort())
    expect(manual).toContain(`${markAdministrator}:0:N`)
  })

  it('lists metrics that the catalogue has with the same labels and words', () => {
    for (const { name, labels, help } of Object.values(metricSpecs))
      expect(catalogue.get(name)).toMatchObject({ labels, help })
  })

  it('leads to pages that exist', () => {
    for (const [, link = ''] of manual.matchAll(/\]\(([^)]+)\)/g))
      expect(existsSync(join(folder, link))).toBe(true)
  })
})
