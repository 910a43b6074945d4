/*
 * Where the programs of a control plane are: KUBEBUILDER_ASSETS, the convention of the ecosystem's own test tools; the
 * folder that lies beside this project where it is developed; a build of `recipe/` where Go is present.
 */
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { run } from '../command.ts'
import { locateProgram } from '../programs.ts'

export const CLUSTER_PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kubectl',
] as const
export type ClusterProgram = (typeof CLUSTER_PROGRAMS)[number]

export type ClusterPrograms =
  | { readonly ok: true; readonly folder: string }
  | { readonly ok: false; readonly what: string; readonly remedy: string }

const version = 'v1.36.3'

let found: Promise<ClusterPrograms> | undefined

/** Looks once per process; unpacks or builds what has to be. */
export function clusterPrograms(): Promise<ClusterPrograms> {
  found ??= look(process.env['KUBEBUILDER_ASSETS'])
  return found
}

async function look(assets: string | undefined): Promise<ClusterPrograms> {
  if (assets !== undefined && assets !== '') return inFolder(assets)
  const project = rootAbove(fileURLToPath(import.meta.url))
  // Made once and used again; it goes with `node_modules`.
  const cache = join(project, 'node_modules/.cache/control-plane')
  try {
    const unpack = join(project, '../shared/control-plane/unpack')
    if (existsSync(unpack)) {
      mkdirSync(cache, { recursive: true })
      await run([unpack, cache], { timeout: 120_000 })
    } else if (!isComplete(cache) && locateProgram('go') !== undefined) {
      await build(join(project, 'lab/cluster/recipe'), cache)
    }
  } catch (error) {
    const remedy = `set KUBEBUILDER_ASSETS to a folder that holds ${CLUSTER_PROGRAMS.join(', ')}; ${String(error)}`
    return { ok: false, what: 'a Kubernetes control plane', remedy }
  }
  if (isComplete(cache)) return { ok: true, folder: cache }
  const remedy = `set KUBEBUILDER_ASSETS to a folder that holds ${CLUSTER_PROGRAMS.join(', ')}, or install Go 1.26`
  return { ok: false, what: 'a Kubernetes control plane', remedy }
}

function inFolder(folder: string): ClusterPrograms {
  if (isComplete(folder)) return { ok: true, folder }
  const missing = CLUSTER_PROGRAMS.filter((name) => !isExecutable(join(folder, name)))
  const remedy = `put it into ${folder}, which KUBEBUILDER_ASSETS names`
  return { ok: false, what: missing.join(', '), remedy }
}

/** Minutes, with an empty cache of Go's. */
async function build(recipe: string, cache: string): Promise<void> {
  mkdirSync(cache, { recursive: true })
  const part = join(cache, `control-plane.${process.pid}`)
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`
  const argv = ['go', 'build', '-trimpath', `-ldflags=${flags}`, '-o', part, '.']
  await run(argv, { cwd: recipe, env: { CGO_ENABLED: '0' }, timeout: 900_000 })
  renameSync(part, join(cache, 'control-plane'))
  for (const name of CLUSTER_PROGRAMS) {
    rmSync(join(cache, name), { force: true })
    symlinkSync('control-plane', join(cache, name))
  }
}

function isComplete(folder: string): boolean {
  return CLUSTER_PROGRAMS.every((name) => isExecutable(join(folder, name)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function rootAbove(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) throw new Error(`no package.json above ${path}`)
  }
}
