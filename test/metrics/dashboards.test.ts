import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'

import { catalogue } from '#metrics/catalogue.ts'

import { dashboards } from '../../metrics/grafana/dashboards.ts'
import { configMap, grafanaJson } from '../../metrics/grafana/render.ts'

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../metrics/grafana/${name}`, import.meta.url))

function expectGolden(name: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(fileOf(name), text)
  expect(readFileSync(fileOf(name), 'utf8')).toBe(text)
}

const panels = dashboards.flatMap(({ uid, rows }) =>
  rows.flatMap(({ panels }) => panels.map((panel) => ({ uid, ...panel }))),
)

describe('the dashboards', () => {
  it.each(dashboards)('$uid stands as JSON in metrics/grafana', (dashboard) => {
    expectGolden(`${dashboard.uid}.json`, grafanaJson(dashboard))
  })

  it('stand in a ConfigMap as well, unchanged', () => {
    expectGolden('configmap.yaml', configMap(dashboards))
    const { data } = load(configMap(dashboards)) as { data: Record<string, string> }
    for (const dashboard of dashboards)
      expect(JSON.parse(data[`${dashboard.uid}.json`] ?? '')).toEqual(JSON.parse(grafanaJson(dashboard)))
  })

  it.each(panels)('$uid: "$title" asks for metrics of the catalogue', ({ queries }) => {
    for (const { expression } of queries) {
      const names = expression.match(/\b(?:metallb|herald)_\w+/g) ?? []
      for (const name of names)
        expect(catalogue.has(name.replace(/_(bucket|count|sum)$/, '')), name).toBe(true)
    }
  })

  it.each(dashboards)('$uid: no two panels lie on each other', (dashboard) => {
    const { panels } = JSON.parse(grafanaJson(dashboard)) as {
      panels: { gridPos: { x: number; y: number; w: number; h: number } }[]
    }
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })
})
