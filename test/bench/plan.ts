/*
 * `herald plan`, the whole process, on 10,000 Services with their EndpointSlices. With a hundred nodes it has a million
 * reasons to write down, one for each node that is silent about a Service: most of the time is theirs.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { BenchResult } from './result.ts'
import { asJson, asYaml, manyObjects } from './support/manifests.ts'

const herald = fileURLToPath(new URL('herald.js', import.meta.url))
const RUNS = 5

export default async function bench(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'))
  try {
    const start = median(() => seconds(['--version']))
    const rows = [3, 100].flatMap((nodes) => rowsOf(folder, nodes, start))
    const title = 'herald plan on 10,000 Services and 10,000 EndpointSlices'
    return { title, command: 'npm run bench -- plan', rows }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function rowsOf(folder: string, nodes: number, start: string): BenchResult['rows'] {
  const objects = manyObjects({ services: 10_000, nodes })
  const [yaml, json] = [join(folder, `${nodes}.yaml`), join(folder, `${nodes}.json`)]
  writeFileSync(yaml, asYaml(objects))
  writeFileSync(json, asJson(objects))
  const parsing = median(() => parseOnly(json))
  return [
    {
      what: `from YAML, ${nodes} nodes, whole process`,
      value: plan(yaml),
      anchor: `the program alone: ${start}`,
      aim: '< 5 s',
    },
    {
      what: `from JSON, ${nodes} nodes, whole process`,
      value: plan(json),
      anchor: `Node and JSON.parse alone: ${parsing}`,
      aim: '< 2 s',
    },
  ]
}

function plan(file: string): string {
  return median(() => seconds(['plan', '-f', file, '-o', 'json']))
}

function parseOnly(file: string): number {
  return timed(['-e', `JSON.parse(require('fs').readFileSync(${JSON.stringify(file)}, 'utf8'))`])
}

function seconds(args: readonly string[]): number {
  return timed([herald, ...args])
}

function timed(args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { maxBuffer: 1 << 28, encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${args.join(' ')}: status ${status}: ${stderr}`)
  return (performance.now() - started) / 1000
}

function median(measure: () => number): string {
  const runs = Array.from({ length: RUNS }, measure).sort((a, b) => a - b)
  return `${(runs[RUNS >> 1] ?? Number.NaN).toFixed(2)} s`
}
