/* The two ways to the same objects: `kubectl kustomize` of an overlay, and `helm template` of the chart. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { loadAll } from 'js-yaml'

import { run } from '#lab/command.ts'
import { clusterPrograms, type ApiObject } from '#lab/index.ts'
import { locateProgram } from '#lab/programs.ts'

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url))
export const chart = join(deploy, 'helm/herald')

export const overlays = {
  'l2-only': { speaker: { bgp: { enabled: false } } },
  native: {},
  frr: { speaker: { frr: { enabled: true, image: { repository: 'frr' } } } },
  gobgp: { speaker: { gobgp: { enabled: true, image: { repository: 'gobgpd' } } } },
} as const
export type Overlay = keyof typeof overlays

/** Beside the control plane's programs, or on the PATH. */
export async function helmProgram(): Promise<string | undefined> {
  const programs = await clusterPrograms()
  const beside = programs.ok ? join(programs.folder, 'helm') : ''
  return existsSync(beside) ? beside : locateProgram('helm')
}

async function kubectl(): Promise<string> {
  const programs = await clusterPrograms()
  if (!programs.ok) throw new Error(programs.remedy)
  return join(programs.folder, 'kubectl')
}

/** Text of an overlay's or component's objects. */
export async function kustomize(path: string): Promise<string> {
  return run([await kubectl(), 'kustomize', join(deploy, 'kustomize', path)])
}

/** Of an overlay with components, as people write it into a kustomization of their own. */
export async function kustomizeWith(overlay: string, ...components: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-kustomize-'))
  try {
    const at = (path: string): string => relative(folder, join(deploy, 'kustomize', path))
    const own = {
      resources: [at(`overlays/${overlay}`)],
      components: components.map((one) => at(`components/${one}`)),
    }
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(own))
    return await run([await kubectl(), 'kustomize', folder])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Text of the chart's objects in the namespace of the overlays, as release `herald`. */
export async function helmTemplate(values: object, ...flags: readonly string[]): Promise<string> {
  const all = { image: { repository: 'herald' }, ...values }
  const argv = ['template', 'herald', chart, '--namespace', 'metallb-system', '--values', '-', ...flags]
  return run([(await helmProgram()) ?? 'helm', ...argv], { stdin: JSON.stringify(all) })
}

export function objectsOf(text: string): ApiObject[] {
  return loadAll(text).filter((value) => value !== null) as ApiObject[]
}

export const named = ({ kind, metadata: { name } }: ApiObject): string => `${kind} ${name}`

/** Labels of the tool, not of the object. */
const ofTheTool = /^(helm\.sh\/|app\.kubernetes\.io\/(instance|managed-by|version)$)/

/**
 * By kind and name, without what the tools say of themselves: their labels and annotations, the hash in a ConfigMap's
 * name, an image's tag, and the order of lists whose entries have names.
 */
export function essence(objects: readonly ApiObject[]): Record<string, unknown> {
  const entries = objects
    .filter(({ kind }) => kind !== 'Namespace')
    .map((object): [string, unknown] => [named(object).replace(hash, ''), reduced(object)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const hash = /(?<=^ConfigMap .*)-[0-9a-z]{10}$/

function reduced(value: unknown, key = ''): unknown {
  if (key === 'image') return String(value).replace(/:[^:]*$/, '')
  if (Array.isArray(value)) return ordered(value.map((item) => reduced(item)))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value)
    .filter(([name]) => !dropped.has(name) && !(key === 'labels' && ofTheTool.test(name)))
    .map(([name, field]): [string, unknown] => [name, reduced(field, name)])
  const { name } = value as { name?: unknown }
  const unhashed = key === 'configMap' || (key === 'metadata' && String(name).startsWith('herald-frr'))
  return Object.fromEntries(fields.map(([at, field]) => [at, at === 'name' && unhashed ? bare(name) : field]))
}

const dropped = new Set(['annotations', 'imagePullPolicy', 'creationTimestamp'])
const bare = (name: unknown): string => String(name).replace(/-[0-9a-z]{10}$/, '')

function ordered(list: readonly unknown[]): unknown[] {
  const nameOf = (item: unknown): string =>
    typeof item === 'object' && item !== null && 'name' in item ? String(item.name) : ''
  return list.every((item) => nameOf(item) !== '')
    ? [...list].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    : [...list]
}
