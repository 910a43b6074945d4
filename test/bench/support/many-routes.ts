/*
 * A node with Herald, one with BIRD and one with FRR, before a BIRD that stands for four routers: what benchmarks of BGP
 * with many routes have in common.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Bird, createLab, until, type Lab, type LabProcess, type LabSpec } from '#lab/index.ts'

import { metallb } from '../../system/bgp-suite/manifests.ts'
import { asJson, manyObjects } from './manifests.ts'

const herald = fileURLToPath(new URL('herald.js', import.meta.url))

/** The routers are 192.0.2.1 to 192.0.2.4, AS 65101 to 65104. */
export const routerHosts = [1, 2, 3, 4] as const
export const NODE_ASN = 65_001

export const senders = { herald: '192.0.2.11', bird: '192.0.2.12', frr: '192.0.2.13' } as const
type Sender = keyof typeof senders

const topology: LabSpec = {
  segments: { lan: {} },
  nodes: {
    router: { interfaces: [{ segment: 'lan', addresses: routerHosts.map((host) => `192.0.2.${host}/24`) }] },
    ...Object.fromEntries(
      Object.entries(senders).map(([name, address]) => [
        name,
        { interfaces: [{ segment: 'lan', addresses: [`${address}/24`] }] },
      ]),
    ),
  },
}

export interface Stage {
  readonly lab: Lab
  readonly router: Bird
}

export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const lab = await createLab(topology)
  try {
    const router = new Bird(lab.node('router'), { config: routerConfig() })
    await router.start()
    return await play({ lab, router })
  } finally {
    await lab.dispose()
  }
}

/** BIRD keeps one session per address and port of a neighbour, so it is told a port each, and waits to be called. */
function routerConfig(): string {
  const session = (sender: Sender, host: number): string =>
    `protocol bgp ${sender}${host} { local 192.0.2.${host} as ${65_100 + host}; neighbor ${senders[sender]} port ${10_000 + host} as ${NODE_ASN};
      strict bind; passive; hold time 90; error wait time 1, 1; ipv4 { import all; export none; }; }`
  return [
    'router id 192.0.2.1; protocol device {}',
    session('bird', 1),
    ...routerHosts.flatMap((host) => [session('herald', host), session('frr', host)]),
    '',
  ].join('\n')
}

/** Milliseconds from `start` until the router has so many routes of the session. */
export async function timeUntil(
  router: Bird,
  session: string,
  count: number,
  start: number,
): Promise<number> {
  const there = async (): Promise<boolean> => {
    const shown = await router.birdc(`show protocols all ${session}`)
    return Number(/Routes: +(\d+) imported/.exec(shown)?.[1] ?? 0) === count
  }
  await until(`${count} routes of ${session}`, there, { timeout: 60_000, interval: 5 })
  return performance.now() - start
}

/** 10.0.0.0 and so on. */
export function addressOf(index: number): string {
  return `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
}

/** BIRD with so many routes for the first router. */
export function birdWith(count: number, { enabled }: { readonly enabled: boolean }): string {
  const routes = Array.from({ length: count }, (_, index) => `route ${addressOf(index)}/32 blackhole;`)
  return `router id ${senders.bird}; protocol device {}
    protocol static many { ${enabled ? '' : 'disabled;'} ipv4; ${routes.join(' ')} }
    protocol bgp tor { local as ${NODE_ASN}; neighbor 192.0.2.1 as 65101; connect delay time 1;
      ipv4 { import none; export all; }; }\n`
}

/** A folder with so many Services, a BGPAdvertisement and a BGPPeer for each host. */
export function heraldFolder({ lab }: Stage, services: number, hosts: readonly number[]): string {
  const folder = join(lab.node('herald').directory, 'lb')
  mkdirSync(folder)
  const objects = manyObjects({ services, nodes: 1 }).filter(
    (one) => (one as { readonly kind: string }).kind !== 'L2Advertisement',
  )
  const peers = hosts.map((host) =>
    metallb('BGPPeer', `tor-${host}`, {
      myASN: NODE_ASN,
      peerASN: 65_100 + host,
      peerAddress: `192.0.2.${host}`,
      connectTime: '1s',
    }),
  )
  writeFileSync(
    join(folder, 'all.json'),
    asJson([...objects, metallb('BGPAdvertisement', 'all', {}), ...peers]),
  )
  return folder
}

export function startHerald({ lab }: Stage, folder: string): LabProcess {
  const argv = [process.execPath, herald, 'standalone', folder, '--node-name', 'node-0']
  return lab
    .node('herald')
    .spawn(argv, { name: 'herald', log: join(lab.node('herald').directory, 'herald.log') })
}
