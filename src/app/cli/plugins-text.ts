/* The list of plugins for people: one table of plugins, and one of options for each plugin that has any. */
import type { AnnouncerPlugin } from '#core/announcer.ts'
import type { Json, JsonSchema } from '#core/model/json.ts'

export type PluginRow = Pick<
  AnnouncerPlugin<unknown>,
  'name' | 'placement' | 'fencing' | 'resources' | 'optionsSchema'
> & {
  readonly version: string
  /** `built in`, `module …` or `executable …`. */
  readonly source: string
  /** By node, from what its process wrote last; empty where no folder was asked about. */
  readonly health: readonly PluginHealth[]
}

export interface PluginHealth {
  readonly node: string
  readonly healthy: boolean
  readonly message: string
}

export function pluginsText(rows: readonly PluginRow[]): string {
  const head = ['NAME', 'VERSION', 'SOURCE', 'PLACEMENT', 'FENCING', 'USES', 'HEALTH']
  const lines = rows.map((row) => [
    row.name,
    row.version || '-',
    row.source,
    row.placement,
    row.fencing,
    row.resources.join(',') || '-',
    healthText(row),
  ])
  return [table([head, ...lines]), ...rows.map(optionsText)].filter((part) => part !== '').join('\n')
}

function healthText({ health }: PluginRow): string {
  const ill = health.filter(({ healthy }) => !healthy)
  if (health.length === 0) return 'loads'
  if (ill.length === 0) return `well on ${health.map(({ node }) => node).join(', ')}`
  return ill.map(({ node, message }) => `${node}: ${message}`).join('; ')
}

function optionsText({ name, optionsSchema }: PluginRow): string {
  const options = Object.entries(optionsSchema.properties ?? {})
  if (options.length === 0) return ''
  const required = new Set(optionsSchema.required)
  const head = ['OPTION', 'TYPE', 'DEFAULT', 'MEANING']
  const lines = options.map(([option, schema]) => [
    option,
    typeText(schema),
    required.has(option) ? '(required)' : schema.default === undefined ? '-' : jsonText(schema.default),
    schema.description ?? '',
  ])
  return `options of ${name}:\n${table([head, ...lines], '  ')}`
}

function typeText(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(jsonText).join(' | ')
  if (schema.type === 'array')
    return `list of ${schema.items === undefined ? 'anything' : typeText(schema.items)}`
  const { minimum, maximum } = schema
  const bounds = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}…${maximum ?? ''}`
  return `${schema.type ?? 'anything'}${bounds}`
}

const jsonText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return lines.map((line) => `${indent}${line.trimEnd()}\n`).join('')
}
