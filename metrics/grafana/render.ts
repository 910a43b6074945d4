/* Grafana's JSON model of a dashboard, as far as it is used; and the ConfigMap that its sidecar picks up. */
import type { Dashboard, Panel } from './panels.ts'

const schemaVersion = 39
/** Of the 24 columns that Grafana divides a row into. */
const widths: Readonly<Record<Panel['kind'], number>> = { stat: 4, timeseries: 12, table: 24 }
const heights: Readonly<Record<Panel['kind'], number>> = { stat: 4, timeseries: 8, table: 10 }
const columns = 24

const datasource = { type: 'prometheus', uid: '${datasource}' }

export function grafanaJson(dashboard: Dashboard): string {
  return `${JSON.stringify(model(dashboard), null, 2)}\n`
}

/** JSON is YAML: the ConfigMap is written as JSON inside a `.yaml` file's block scalars. */
export function configMap(dashboards: readonly Dashboard[]): string {
  const files = dashboards.map((dashboard) => {
    const text = JSON.stringify(model(dashboard), null, 1).replaceAll('\n', '\n    ')
    return `  ${dashboard.uid}.json: |\n    ${text}\n`
  })
  return [
    '# Generated from metrics/grafana/dashboards.ts; Grafana’s sidecar loads ConfigMaps with this label.',
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: herald-dashboards',
    '  labels:',
    '    grafana_dashboard: "1"',
    'data:',
    files.join(''),
  ].join('\n')
}

function model({ uid, title, rows }: Dashboard) {
  return {
    uid,
    title,
    tags: ['herald'],
    schemaVersion,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [datasourceVariable, jobVariable] },
    panels: placed(rows),
  }
}

const datasourceVariable = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus',
}

const jobVariable = {
  name: 'job',
  label: 'Job',
  type: 'query',
  datasource,
  query: { query: 'label_values(herald_build_info, job)', refId: 'job' },
  includeAll: true,
  allValue: '.*',
  multi: true,
  refresh: 2,
  current: { text: 'All', value: '$__all' },
}

/** Left to right, a new line where a panel no longer fits; each row of ours begins with a heading. */
function placed(rows: Dashboard['rows']) {
  const panels: object[] = []
  let [x, y, lineHeight, id] = [0, 0, 0, 1]
  const newLine = (): void => {
    y += lineHeight
    x = 0
    lineHeight = 0
  }
  for (const { title, panels: own } of rows) {
    newLine()
    panels.push({
      id: id++,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: columns, h: 1 },
    })
    y += 1
    for (const panel of own) {
      const [w, h] = [widths[panel.kind], heights[panel.kind]]
      if (x + w > columns) newLine()
      panels.push(panelModel(panel, id++, { x, y, w, h }))
      x += w
      lineHeight = Math.max(lineHeight, h)
    }
  }
  return panels
}

function panelModel({ title, description, kind, unit, queries }: Panel, id: number, gridPos: object) {
  return {
    id,
    type: kind,
    title,
    description,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expression, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr: expression,
      legendFormat: legend,
      ...(kind === 'table' && { format: 'table', instant: true }),
    })),
  }
}
