/* What panels are made of: the shapes, and the queries that recur. */
export type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'bool_yes_no'

export interface Panel {
  readonly title: string
  /** What the panel tells, for its tooltip. */
  readonly description: string
  readonly kind: 'stat' | 'timeseries' | 'table'
  readonly unit: Unit
  readonly queries: readonly Query[]
}

export interface Query {
  /** PromQL; `$job` is the dashboard's variable. */
  readonly expression: string
  /** In Grafana's form: `{{node}}`. */
  readonly legend: string
}

export interface Dashboard {
  /** File name and Grafana's identity of it. */
  readonly uid: string
  readonly title: string
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[]
}

export const one = (expression: string, legend = ''): readonly Query[] => [{ expression, legend }]

export function stat(title: string, description: string, expression: string, unit: Unit = 'short'): Panel {
  return { title, description, kind: 'stat', unit, queries: one(expression) }
}

export function graph(title: string, description: string, unit: Unit, ...queries: readonly Query[]): Panel {
  return { title, description, kind: 'timeseries', unit, queries }
}

/**
 * Median and 99th percentile of a histogram, by one label where there is one. What is rare is taken over all that the
 * dashboard shows: over a moment there would be nothing to see.
 */
export function quantiles(name: string, by?: string, window = '$__rate_interval'): readonly Query[] {
  const labels = by === undefined ? 'le' : `le, ${by}`
  const suffix = by === undefined ? '' : ` {{${by}}}`
  return [0.5, 0.99].map((quantile) => ({
    expression: `histogram_quantile(${quantile}, sum by (${labels}) (rate(${name}_bucket{job=~"$job"}[${window}])))`,
    legend: `p${quantile * 100}${suffix}`,
  }))
}

export function greatest(name: string, by: string): Query {
  return { expression: `max by (${by}) (${name}{job=~"$job"})`, legend: `{{${by}}}` }
}

export function rate(name: string, by: string, legend = `{{${by}}}`): Query {
  return { expression: `sum by (${by}) (rate(${name}{job=~"$job"}[$__rate_interval]))`, legend }
}
