import { readFileSync } from 'node:fs'

import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'

import { catalogue } from '#metrics/catalogue.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import { metricSpecs } from '#plugins/l2/metrics.ts'
import l2 from '#plugins/l2/plugin.ts'

const readme = readFileSync(new URL('../../../src/plugins/l2/README.md', import.meta.url), 'utf8')

/** Text between one second-level heading and the next. */
function section(title: string): string {
  return readme.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? ''
}

/** Cells of the section's table, without its head. */
function rowsOf(title: string): string[][] {
  const lines = section(title)
    .split('\n')
    .filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

describe('the manual page of l2', () => {
  it('shows a configuration that is accepted, and every field of it', () => {
    const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(section('Configuration')) ?? []
    const parsed = parseConfig(load(yaml))
    expect(rowsOf('Configuration').map(([field]) => field)).toEqual(Object.keys(parsed))
  })

  it('describes the options as the schema does', () => {
    const options = Object.entries(l2.optionsSchema.properties ?? {})
    expect(rowsOf('Options')).toEqual(
      options.map(([name, { type, description }]) => [name, type, description]),
    )
  })

  it('lists the metrics that are registered, as the catalogue has them', () => {
    expect(rowsOf('Metrics')).toEqual(
      metricSpecs.map(({ name, labels, help }) => [name, labels.join(), help]),
    )
    for (const { name, labels, help } of metricSpecs)
      expect(catalogue.get(name)).toMatchObject({ labels, help })
  })
})
