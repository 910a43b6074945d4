/* herald-plugin.yaml: what a plugin's folder tells the conformance kit. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { load } from 'js-yaml'

import { checkSchema } from '#core/config/schema-check.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Json, JsonSchema } from '#core/model/json.ts'

import { defaultLimits, type PluginSource } from '../plugin-host/source.ts'

export const manifestName = 'herald-plugin.yaml'

export interface KitManifest {
  readonly source: PluginSource
  readonly config: unknown
  readonly invalidConfig: unknown
  readonly addresses: readonly [Address, Address, Address, ...Address[]]
  /** Of each target's offer. */
  readonly options: Readonly<Record<string, Json>>
  /** By name, then by key; `${NAME}` stands for a variable of the environment. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** A command that prints the addresses an outsider sees announced, one a line. */
  readonly observe: readonly [string, ...string[]]
}

const text: JsonSchema = { type: 'string', minLength: 1 }
const texts: JsonSchema = { type: 'array', items: { type: 'string' } }
const anything: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true }

const schema: JsonSchema = {
  type: 'object',
  required: ['name', 'conformance'],
  properties: {
    name: text,
    module: text,
    executable: text,
    args: texts,
    conformance: {
      type: 'object',
      required: ['invalidConfig', 'observe'],
      properties: {
        config: anything,
        invalidConfig: anything,
        options: { type: 'object', additionalProperties: true },
        secrets: { type: 'object', additionalProperties: { type: 'object', additionalProperties: text } },
        addresses: { type: 'array', items: text, minItems: 3 },
        observe: { type: 'array', items: { type: 'string' }, minItems: 1 },
      },
    },
  },
}

interface ManifestFile {
  readonly name: string
  readonly module?: string
  readonly executable?: string
  readonly args?: readonly string[]
  readonly conformance: {
    readonly config?: unknown
    readonly invalidConfig: unknown
    readonly options?: Readonly<Record<string, Json>>
    readonly secrets?: KitManifest['secrets']
    readonly addresses?: readonly string[]
    readonly observe: readonly [string, ...string[]]
  }
}

const usualAddresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1']

/** `path`: the file, or the folder that holds it. Rejects with the file and the field that is wrong. */
export async function readManifest(path: string): Promise<KitManifest> {
  const isFolder = (await stat(path)).isDirectory()
  const file = isFolder ? join(path, manifestName) : path
  const value: unknown = load(await readFile(file, 'utf8'), { filename: file })
  const [fault] = checkSchema(value, schema)
  if (fault !== undefined)
    throw new Error(`${file}: ${[fault.path, fault.message].filter(Boolean).join(': ')}`)
  const { conformance, ...plugin } = value as ManifestFile
  const {
    config,
    invalidConfig,
    options = {},
    secrets = {},
    addresses = usualAddresses,
    observe,
  } = conformance
  return {
    source: sourceOf(plugin, file),
    config,
    invalidConfig,
    options,
    secrets: fromEnvironment(secrets, `${file}: conformance.secrets`),
    addresses: addresses.map((address, index) =>
      parsed(address, `${file}: conformance.addresses[${index}]`),
    ) as never,
    observe,
  }
}

function sourceOf(
  { name, module, executable, args = [] }: Omit<ManifestFile, 'conformance'>,
  file: string,
): PluginSource {
  const common = { name, from: dirname(resolve(file)), limits: defaultLimits }
  if (module !== undefined && executable === undefined) return { ...common, kind: 'module', module }
  if (executable !== undefined && module === undefined)
    return { ...common, kind: 'executable', executable, args, env: {} }
  throw new Error(`${file}: allowed: either module or executable`)
}

function parsed(text: string, place: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${place}: found "${text}", allowed: an IPv4 or IPv6 address`)
  return address
}

/** A secret has no place in a file that is shared: its manifest names the variable that holds it. */
function fromEnvironment(secrets: KitManifest['secrets'], place: string): KitManifest['secrets'] {
  const filled = JSON.stringify(secrets).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = process.env[name]
    if (value === undefined) throw new Error(`${place}: the environment has no variable ${name}`)
    return JSON.stringify(value).slice(1, -1)
  })
  return JSON.parse(filled) as KitManifest['secrets']
}
