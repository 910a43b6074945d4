/* The `plugins` of a configuration file: built-in ones by their configuration, third-party ones by where they are. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import { load } from 'js-yaml'

import { checkSchema } from '#core/config/schema-check.ts'
import { ConfigError } from '#core/errors.ts'
import type { JsonSchema } from '#core/model/json.ts'

import { defaultLimits, type PluginSource } from './plugin-host/source.ts'

/** What the configuration says of a plugin that is not built in, checked. */
export class ThirdPartyEntry {
  readonly source: PluginSource
  /** For the plugin's `parseConfig`. */
  readonly config: unknown

  constructor(source: PluginSource, config: unknown) {
    this.source = source
    this.config = config
  }
}

/** By plugin name: a ThirdPartyEntry, or the configuration of a built-in plugin. */
export type PluginEntries = Readonly<Record<string, unknown>>

const apiVersion = 'heraldlb.io/v1alpha1'
const kind = 'HeraldConfig'

const fileSchema: JsonSchema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string', enum: [apiVersion] },
    kind: { type: 'string', enum: [kind] },
    plugins: { type: 'object', additionalProperties: { 'x-kubernetes-preserve-unknown-fields': true } },
  },
}

const text: JsonSchema = { type: 'string', minLength: 1 }

const entrySchema: JsonSchema = {
  type: 'object',
  properties: {
    module: text,
    executable: text,
    args: { type: 'array', items: { type: 'string' } },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    config: { 'x-kubernetes-preserve-unknown-fields': true },
    limits: {
      type: 'object',
      properties: { memory: { type: 'string', pattern: '^[1-9][0-9]*(Ki|Mi|Gi)$' } },
    },
  },
}

const nameSchema: JsonSchema = { type: 'string', pattern: '^[a-z]([a-z0-9-]*[a-z0-9])?$', maxLength: 63 }

/** Rejects with the file and the path of what is wrong. Paths in the file are relative to its folder. */
export async function readPluginEntries(file: string, builtIn: readonly string[]): Promise<PluginEntries> {
  const value: unknown = load(await readFile(file, 'utf8'), { filename: file })
  const top = value ?? {}
  require(top, fileSchema, `${file}:`)
  const { plugins } = top as { readonly plugins?: Readonly<Record<string, unknown>> }
  const from = dirname(resolve(file))
  const entries = Object.entries(plugins ?? {}).map(([name, entry]) => {
    const path = `${file}: plugins.${name}`
    return [name, builtIn.includes(name) ? entry : thirdParty(entry ?? {}, { name, from, path })] as const
  })
  return Object.fromEntries(entries)
}

interface Entry {
  readonly module?: string
  readonly executable?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly config?: unknown
  readonly limits?: { readonly memory?: string }
}

interface Place {
  readonly name: string
  readonly from: string
  readonly path: string
}

function thirdParty(value: unknown, { name, from, path }: Place): ThirdPartyEntry {
  require(name, nameSchema, path)
  require(value, entrySchema, path)
  const { module, executable, args = [], env = {}, config, limits } = value as Entry
  const common = { name, from, limits: { ...defaultLimits, ...memoryLimit(limits?.memory) } }
  if (executable !== undefined && module === undefined) {
    return new ThirdPartyEntry({ ...common, kind: 'executable', executable, args, env }, config)
  }
  const found = module === undefined ? 'neither module nor executable' : 'both module and executable'
  const allowed = 'module (a package or a path) or executable (a path or a program in PATH)'
  if (module === undefined || executable !== undefined) throw new ConfigError({ path, found, allowed })
  for (const field of ['args', 'env'] as const) {
    if ((value as Entry)[field] === undefined) continue
    throw new ConfigError({ path: `${path}.${field}`, found: 'a value', allowed: 'none beside module' })
  }
  return new ThirdPartyEntry({ ...common, kind: 'module', module }, config)
}

const units = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 } as const

function memoryLimit(quantity: string | undefined): { readonly memory?: number } {
  if (quantity === undefined) return {}
  return { memory: Number.parseInt(quantity, 10) * units[quantity.slice(-2) as keyof typeof units] }
}

function require(value: unknown, schema: JsonSchema, path: string): void {
  const [fault] = checkSchema(value, schema, '')
  if (fault === undefined) return
  const [found = '', allowed = ''] = fault.message.replace(/^found /, '').split(/, allowed: (.*)/s)
  const separator = path.endsWith(':') ? ' ' : '.'
  throw new ConfigError({
    path: fault.path === '' ? path : `${path}${separator}${fault.path}`,
    found,
    allowed,
  })
}
