/* Resident memory with four peers and 10,000 routes each: herald standalone, and FRR with the same. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Frr } from '#lab/index.ts'

import type { BenchResult } from './result.ts'
import {
  addressOf,
  heraldFolder,
  NODE_ASN,
  onStage,
  routerHosts,
  startHerald,
  timeUntil,
  type Stage,
} from './support/many-routes.ts'

const ROUTES = 10_000
/** Long enough for the garbage of the start to be collected: the figure is for a process at rest. */
const SETTLE = 15_000

export default async function bench(): Promise<BenchResult> {
  const { herald, frr } = await onStage(async (stage) => ({
    herald: await heraldMemory(stage),
    frr: await frrMemory(stage),
  }))
  return {
    title: 'Resident memory with many routes',
    command: 'npm run bench -- bgp-memory',
    rows: [
      {
        what: `herald standalone, ${routerHosts.length} peers × ${ROUTES} routes`,
        value: mebibytes(herald),
        anchor: `FRR’s bgpd and zebra: ${mebibytes(frr)}`,
        aim: '≤ 90 MiB',
      },
    ],
  }
}

async function heraldMemory(stage: Stage): Promise<number> {
  const herald = startHerald(stage, heraldFolder(stage, ROUTES, routerHosts))
  await Promise.all(routerHosts.map((host) => timeUntil(stage.router, `herald${host}`, ROUTES, 0)))
  await sleep(SETTLE)
  const resident = residentOf(herald.pid)
  await herald.stop()
  return resident
}

async function frrMemory({ lab, router }: Stage): Promise<number> {
  const config = [
    `router bgp ${NODE_ASN}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp network import-check',
    ...routerHosts.flatMap((host) => [
      ` neighbor 192.0.2.${host} remote-as ${65_100 + host}`,
      ` neighbor 192.0.2.${host} timers connect 1`,
    ]),
    ' address-family ipv4 unicast',
    ...Array.from({ length: ROUTES }, (_, index) => `  network ${addressOf(index)}/32`),
    ' exit-address-family',
    'exit',
  ].join('\n')
  const frr = new Frr(lab.node('frr'), { config, daemons: ['bgpd'] })
  await frr.start()
  await Promise.all(routerHosts.map((host) => timeUntil(router, `frr${host}`, ROUTES, 0)))
  await sleep(SETTLE)
  const pids = ['bgpd', 'zebra'].map((name) =>
    Number(readFileSync(join(frr.directory, `${name}.pid`), 'utf8')),
  )
  return pids.reduce((sum, pid) => sum + residentOf(pid), 0)
}

/** VmRSS in bytes. */
function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`
}
