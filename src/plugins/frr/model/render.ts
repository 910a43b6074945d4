/* Peers, profiles and routes as FRR configuration: everything that Herald owns, in the words FRR prints it in. */
import { formatCommunities, type Communities } from '#core/bgp/community.ts'
import { localPrefOf } from '#core/bgp/local-pref.ts'
import { prefixText, type Prefix } from '#core/bgp/prefix.ts'
import type { RouteAttributes, RouteTable } from '#core/bgp/routes.ts'
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'
import { bitsOf, type Family } from '#core/model/address.ts'
import { fnv1a } from '#core/model/hash.ts'
import type { Json } from '#core/model/json.ts'

import type { PeerWithPassword } from '../peer.ts'
import { classify, type ClassifiedRoutes, type RouteClass } from './classes.ts'
import { line, type Line } from './line.ts'
import { allowedList, bfdProfile, classMap, inMap, outMap } from './names.ts'
import { neighborLines, policyLines } from './neighbor.ts'

export interface Wanted {
  /** Sorted by name. */
  readonly peers: readonly PeerWithPassword[]
  /** Specs of BFDProfiles by name. */
  readonly profiles: ReadonlyMap<string, Readonly<Record<string, Json>>>
  /** By peer name. */
  readonly tables: ReadonlyMap<string, RouteTable>
  readonly belt: SafetyBelt
}

/** What each daemon is told. */
export interface FrrConfiguration {
  readonly bgpd: readonly Line[]
  readonly bfdd: readonly Line[]
}

export const families: readonly Family[] = ['IPv4', 'IPv6']

/** Nothing to say is said with no line: without peers FRR is left as it was found. */
export function frrConfiguration(wanted: Wanted): FrrConfiguration {
  const { peers, belt, profiles } = wanted
  if (peers.length === 0) return { bgpd: [], bfdd: [] }
  const vrfs = [...new Set(peers.map(({ vrf }) => vrf))]
  const routers = vrfs.map((vrf) => routerFor(wanted, vrf))
  const classes = new Map(routers.flatMap(({ routes }) => routes.classes.map((one) => [one.tag, one])))
  const lists = allowedLists(belt)
  return {
    bgpd: [
      ...lists.lines,
      line(`route-map ${inMap} deny 10`),
      ...[...classes.keys()]
        .sort((a, b) => a - b)
        .map((tag) => line(`route-map ${classMap(tag)} permit 10`, [line(`set tag ${tag}`)])),
      ...routers.flatMap(({ peers: own, routes }) =>
        own.flatMap(({ name }) => outMapLines(name, routes.classes)),
      ),
      ...routers.map((router) => routerLines(router, { list: lists.name, belt })),
    ],
    bfdd: bfdLines(profiles),
  }
}

interface Router {
  readonly vrf: string | undefined
  readonly peers: readonly PeerWithPassword[]
  readonly routes: ClassifiedRoutes
}

function routerFor({ peers, tables }: Wanted, vrf: string | undefined): Router {
  const own = peers.filter((peer) => peer.vrf === vrf)
  const named = own.flatMap(({ name }) => {
    const table = tables.get(name)
    return table === undefined ? [] : ([[name, table]] as const)
  })
  return { vrf, peers: own, routes: classify(new Map(named)) }
}

interface Policy {
  /** Name of the prefix lists, of either family. */
  readonly list: string
  readonly belt: SafetyBelt
}

function routerLines({ vrf, peers, routes }: Router, { list, belt }: Policy): Line {
  const routerId = peers.find((peer) => peer.routerId !== undefined)?.routerId
  const families_ = families.map((family) =>
    line(`address-family ${family.toLowerCase()} unicast`, [
      ...peers.flatMap((peer) => policyLines(peer, family, { list, most: belt.maxPrefixes })),
      ...routes.routes
        .filter(({ prefix }) => prefix.family === family)
        .map(({ prefix, tag }) => line(`network ${prefixText(prefix)} route-map ${classMap(tag)}`)),
    ]),
  )
  return line(`router bgp ${peers[0]?.routerAs ?? 0}${vrf === undefined ? '' : ` vrf ${vrf}`}`, [
    ...(routerId === undefined ? [] : [line(`bgp router-id ${routerId}`)]),
    // The addresses of Services are in no routing table that FRR could check them against.
    line('no bgp network import-check'),
    ...(peers.some(({ gracefulRestart }) => gracefulRestart)
      ? [line('bgp graceful-restart preserve-fw-state')]
      : []),
    ...peers.flatMap(neighborLines),
    ...families_,
  ])
}

/** One clause per class that goes to the peer; the rest, the operator's routes included, stays here. */
function outMapLines(peer: string, classes: readonly RouteClass[]): Line[] {
  const clauses = classes.flatMap(({ tag, attributes }) => {
    const told = attributes.get(peer)
    return told === undefined
      ? []
      : [line(`route-map ${outMap(peer)} permit ${tag}`, [line(`match tag ${tag}`), ...attributeLines(told)])]
  })
  return [...clauses, line(`route-map ${outMap(peer)} deny 65535`)]
}

function attributeLines(attributes: RouteAttributes): Line[] {
  const localPref = localPrefOf(attributes)
  const { standard, large } = communityWords(attributes.communities)
  return [
    ...(localPref === undefined ? [] : [line(`set local-preference ${localPref}`)]),
    ...(standard === '' ? [] : [line(`set community ${standard}`)]),
    ...(large === '' ? [] : [line(`set large-community ${large}`)]),
  ]
}

function communityWords(communities: Communities): { readonly standard: string; readonly large: string } {
  const words = formatCommunities(communities)
  const large = words.filter((word) => word.startsWith('large:')).map((word) => word.slice('large:'.length))
  const standard = words
    .filter((word) => !word.startsWith('large:'))
    .map((word) => wellKnown.get(word) ?? word)
  return { standard: standard.join(' '), large: large.join(' ') }
}

/** FRR prints these by name (RFC 1997, 7999, 8326, 3765), so they are given by name. */
const wellKnown: ReadonlyMap<string, string> = new Map([
  ['65535:0', 'graceful-shutdown'],
  ['65535:666', 'blackhole'],
  ['65535:65281', 'no-export'],
  ['65535:65282', 'no-advertise'],
  ['65535:65283', 'local-AS'],
  ['65535:65284', 'no-peer'],
])

/** The safety belt in FRR's words. The name carries a digest, so that a change is a new list, never a half-changed one. */
function allowedLists({ allowed }: SafetyBelt): { readonly name: string; readonly lines: readonly Line[] } {
  const entries = families.map((family) => entriesFor(family, allowed))
  const name = allowedList(fnv1a(entries.flat().join('\n')).toString(16))
  const lines = families.flatMap((family, index) =>
    (entries[index] ?? []).map((entry, at) =>
      line(`${family === 'IPv4' ? 'ip' : 'ipv6'} prefix-list ${name} seq ${5 * (at + 1)} ${entry}`),
    ),
  )
  return { name, lines }
}

function entriesFor(family: Family, allowed: readonly Prefix[] | undefined): string[] {
  if (allowed === undefined) return [`permit ${family === 'IPv4' ? '0.0.0.0/0' : '::/0'} ge 1`]
  const own = allowed.filter((prefix) => prefix.family === family)
  return own.length === 0 ? ['deny any'] : own.map((prefix) => permit(prefix))
}

function permit(prefix: Prefix): string {
  const bits = bitsOf(prefix.family)
  const text = `permit ${prefixText(prefix)}`
  if (prefix.length === 0) return `${text} ge 1`
  return prefix.length === bits ? text : `${text} le ${bits}`
}

function bfdLines(profiles: Wanted['profiles']): Line[] {
  if (profiles.size === 0) return []
  const names = [...profiles.keys()].sort()
  return [
    line(
      'bfd',
      names.map((name) => line(`profile ${bfdProfile(name)}`, profileLines(profiles.get(name) ?? {}))),
    ),
  ]
}

function profileLines(spec: Readonly<Record<string, Json>>): Line[] {
  const number = (words: string, field: string): Line[] =>
    typeof spec[field] === 'number' ? [line(`${words} ${spec[field]}`)] : []
  const flag = (words: string, field: string): Line[] => (spec[field] === true ? [line(words)] : [])
  return [
    ...number('detect-multiplier', 'detectMultiplier'),
    ...number('transmit-interval', 'transmitInterval'),
    ...number('receive-interval', 'receiveInterval'),
    ...flag('passive-mode', 'passiveMode'),
    ...flag('echo-mode', 'echoMode'),
    ...number('echo transmit-interval', 'echoInterval'),
    ...number('echo receive-interval', 'echoInterval'),
    ...number('minimum-ttl', 'minimumTtl'),
  ]
}
