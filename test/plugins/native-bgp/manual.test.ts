import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { fullBgpOptionsSchema } from '#core/bgp/options.ts'
import { advertisementOwnFields, peerOwnFields } from '#core/bgp/own-fields.ts'
import { parseConfig } from '#plugins/native-bgp/config.ts'
import { unsupported } from '#plugins/native-bgp/unsupported.ts'

import { manualOf, rows } from '../manual.ts'

const root = join(import.meta.dirname, '../../..')
const { section, text: manual } = manualOf('native-bgp')

describe('the manual page', () => {
  it('lists the options of an offer as the schema has them', () => {
    expect(rows(section('Options'))).toEqual(Object.keys(fullBgpOptionsSchema.properties ?? {}))
  })

  it('lists options of the plugin that exist, with their defaults', () => {
    const options = rows(section('Configuration').split('Of a session')[0] ?? '')
    expect(() => parseConfig({ unknown: 1 })).toThrow(options.sort().join(', '))
    const { listenPort, belt } = parseConfig({})
    expect(manual).toContain(`| \`listenPort\` | ${listenPort} |`)
    expect(manual).toContain(`| \`maxPrefixes\` | ${belt.maxPrefixes} |`)
  })

  it('lists the annotations there are', () => {
    const named = [...manual.matchAll(/`(heraldlb\.io\/[\w-]+)`/g)].map(([, name = '']) => name)
    const known = [...peerOwnFields, ...advertisementOwnFields].map(({ annotation }) => annotation)
    expect([...new Set(named)].sort()).toEqual([...new Set(known)].sort())
  })

  it('names the fields that are refused', () => {
    const line = /Refused, with the reason: (.*)\./.exec(manual)?.[1]
    expect(line).toBe(unsupported.map(({ field }) => `\`${field}\``).join(', '))
  })
})

describe('docs/bgp.md', () => {
  it('names tests that exist', () => {
    const table = readFileSync(join(root, 'docs/bgp.md'), 'utf8')
    const named = [...table.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, path = '']) => path)
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((path) => !existsSync(join(root, 'test', path)))).toEqual([])
  })
})
