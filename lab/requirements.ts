/* What a machine needs for a lab, and what precisely is missing with its remedy. */
import { execute } from './command.ts'
import { locateProgram } from './programs.ts'
import { userNamespaceObstacle } from './rootless.ts'

/** Something a lab can use. `namespaces` is needed by every lab, the others only by who asks for them. */
export type Feature =
  | 'namespaces'
  | 'nft'
  | 'tcpdump'
  | 'frr'
  | 'bird'
  | 'gobgp'
  | 'prometheus'
  | 'bind'
  | 'curl'
  | 'ping'
  | 'arping'
  | 'ndisc6'
  | 'chromium'

export interface Missing {
  readonly feature: Feature
  /** What was not found: `zebra`, `root`. */
  readonly what: string
  /** What it is needed for. */
  readonly why: string
  readonly remedy: string
}

export interface Requirements {
  readonly ok: boolean
  readonly missing: readonly Missing[]
}

interface FeatureNeeds {
  readonly why: string
  readonly programs: readonly string[]
  /** Debian's. */
  readonly package: string
}

const NEEDS: Readonly<Record<Feature, FeatureNeeds>> = {
  namespaces: { why: 'to make nodes and cables', programs: ['ip'], package: 'iproute2' },
  nft: { why: 'to forward service traffic to a backend', programs: ['nft'], package: 'nftables' },
  tcpdump: { why: 'to capture packets', programs: ['tcpdump'], package: 'tcpdump' },
  frr: { why: 'to run FRR as the router', programs: ['zebra', 'bgpd', 'bfdd', 'vtysh'], package: 'frr' },
  bird: { why: 'to run BIRD as the router', programs: ['bird', 'birdc'], package: 'bird2' },
  gobgp: { why: 'to run GoBGP as the router', programs: ['gobgpd', 'gobgp'], package: 'gobgpd' },
  prometheus: { why: 'to scrape metrics', programs: ['prometheus', 'promtool'], package: 'prometheus' },
  bind: { why: 'to publish names', programs: ['named', 'dig'], package: 'bind9 bind9-dnsutils' },
  curl: { why: 'to call services over HTTP', programs: ['curl'], package: 'curl' },
  ping: { why: 'to test reachability', programs: ['ping'], package: 'iputils-ping' },
  arping: { why: 'to send ARP requests', programs: ['arping'], package: 'arping' },
  ndisc6: { why: 'to send neighbour solicitations', programs: ['ndisc6'], package: 'ndisc6' },
  chromium: { why: 'to look at the status page', programs: ['chromium'], package: 'chromium' },
}

/** Whether this machine can run a lab with these features; everything that is missing, not the first thing only. */
export async function labRequirements(features: readonly Feature[] = []): Promise<Requirements> {
  const wanted = [...new Set<Feature>(['namespaces', ...features])]
  const missing = wanted.flatMap(missingPrograms)
  if (missing.every(({ feature }) => feature !== 'namespaces')) {
    missing.push(...(await missingRights()))
  }
  return { ok: missing.length === 0, missing }
}

/** One line per missing thing, for people. */
export function describeMissing({ missing }: Requirements): string {
  return missing.map(({ what, why, remedy }) => `${what} is missing (${why}): ${remedy}`).join('\n')
}

function missingPrograms(feature: Feature): Missing[] {
  const needs = NEEDS[feature]
  return needs.programs
    .filter((program) => locateProgram(program) === undefined)
    .map((what) => ({ feature, what, why: needs.why, remedy: `apt-get install ${needs.package}` }))
}

/** Tries what a lab does, in a nameless namespace that goes away with the process. */
async function missingRights(): Promise<Missing[]> {
  const why = NEEDS.namespaces.why
  if (process.getuid?.() !== 0)
    return [{ feature: 'namespaces', what: 'root', why, remedy: await rootRemedy() }]
  const isolated = await execute(['unshare', '--net', '--mount', 'true'])
  if (isolated.code !== 0) {
    const remedy = `grant CAP_SYS_ADMIN (docker run --privileged); the kernel said: ${isolated.stderr.trim()}`
    return [{ feature: 'namespaces', what: 'the right to make network namespaces', why, remedy }]
  }
  const devices = 'ip link add lab0 type veth peer name lab1 && ip link add lab2 type bridge'
  const made = await execute(['unshare', '--net', 'sh', '-c', devices])
  if (made.code === 0) return []
  const remedy = `grant CAP_NET_ADMIN and load the kernel modules veth and bridge; the kernel said: ${made.stderr.trim()}`
  return [{ feature: 'namespaces', what: 'veth and bridge devices', why, remedy }]
}

async function rootRemedy(): Promise<string> {
  const obstacle = await userNamespaceObstacle()
  return obstacle === undefined
    ? 'run it with sudo'
    : `run it with sudo, or allow user namespaces (now: ${obstacle})`
}
