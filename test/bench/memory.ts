/* Resident memory of `herald standalone` at rest, with and without Services, against a bare Node process. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { createLab, until, type Lab, type LabNode } from '#lab/index.ts'

import type { BenchResult } from './result.ts'
import { asJson, manyObjects } from './support/manifests.ts'

const herald = fileURLToPath(new URL('herald.js', import.meta.url))
/** Long enough for the garbage of the start to be collected: the figure is for a process at rest. */
const SETTLE = 15_000

export default async function bench(): Promise<BenchResult> {
  const lab = await createLab({
    segments: { lan: {} },
    nodes: { 'node-0': { interfaces: [{ segment: 'lan', addresses: ['10.0.255.1/16'] }] } },
  })
  try {
    const bare = await bareNode()
    const rows: BenchResult['rows'][number][] = []
    for (const services of [0, 1000, 10_000]) {
      const value = mebibytes(await resident(lab, services))
      const aim = services === 10_000 ? '≤ 90 MiB' : ''
      rows.push({ what: `${services} Services`, value, anchor: `a bare Node process: ${bare}`, aim })
    }
    return { title: 'Resident memory of herald standalone at rest', command: 'npm run bench -- memory', rows }
  } finally {
    await lab.dispose()
  }
}

async function resident(lab: Lab, services: number): Promise<number> {
  const node: LabNode = lab.node('node-0')
  const folder = join(node.directory, `cluster-${services}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'all.json'), asJson(manyObjects({ services, nodes: 1 })))
  const process_ = node.spawn([process.execPath, herald, 'standalone', folder, '--node-name', 'node-0'])
  try {
    const view = join(folder, '.herald/nodes/node-0.json')
    await until(`${services} addresses to be served`, () => servedIn(view) === services, { timeout: 60_000 })
    await sleep(SETTLE)
    return residentOf(process_.pid)
  } finally {
    await process_.stop()
  }
}

function servedIn(view: string): number {
  const { announcements } = JSON.parse(readFileSync(view, 'utf8')) as { announcements: { phase: string }[] }
  return announcements.filter(({ phase }) => phase === 'serving').length
}

async function bareNode(): Promise<string> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  try {
    await sleep(2000)
    return mebibytes(residentOf(child.pid ?? 0))
  } finally {
    child.kill()
  }
}

/** VmRSS in bytes. */
function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`
}
