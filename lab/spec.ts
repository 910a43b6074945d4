/*
 * A topology as data: nodes (network namespaces) whose interfaces are plugged into segments (bridges). The bridges
 * live in a namespace of their own, so cutting a cable is invisible to the node at its end.
 */
import { familyOf, parseAddress, bitsOf } from '#core/model/address.ts'

import { isInterfaceName, isNodeName } from './names.ts'

export interface LabSpec {
  /** By name; every segment an interface names must be here. */
  readonly segments: Readonly<Record<string, SegmentSpec>>
  /** By name, in the order that gives them their MAC addresses. */
  readonly nodes: Readonly<Record<string, NodeSpec>>
}

export interface SegmentSpec {
  /** Let the bridge forward multicast only where it was asked for (MLD, IGMP). Default: flood. */
  readonly multicastSnooping?: boolean
  /** Bytes; default 1500. */
  readonly mtu?: number
}

export interface NodeSpec {
  readonly interfaces: readonly InterfaceSpec[]
  readonly routes?: readonly RouteSpec[]
  /** Forward packets, IPv4 and IPv6. Default false: a host. */
  readonly forwarding?: boolean
  /** On top of the lab's own: `net.ipv4.conf.eth0.arp_ignore` → `1`. Written once the interfaces exist. */
  readonly sysctls?: Readonly<Record<string, string | number>>
  /** An nftables script, loaded last. */
  readonly nft?: string
}

export interface InterfaceSpec {
  readonly segment: string
  /** Default `eth0`, `eth1`, … by position. */
  readonly name?: string
  /** Address and prefix length: `192.0.2.1/24`, `fd00::1/64`. */
  readonly addresses?: readonly string[]
  /** Default: predictable, from the positions of node and interface. */
  readonly mac?: string
}

export interface RouteSpec {
  /** A prefix, or `default` with the family of `via`. */
  readonly to: string
  /** Next hop; without it `dev` says the destination is on the link. */
  readonly via?: string
  readonly dev?: string
}

/** Name of the namespace that holds the bridges. */
export const FABRIC = 'fabric'

export function interfaceName(spec: InterfaceSpec, index: number): string {
  return spec.name ?? `eth${index}`
}

/** What is wrong with a topology: one sentence each, naming the place, what was found and what is allowed. */
export function validateSpec(spec: LabSpec): string[] {
  const problems: string[] = []
  for (const name of Object.keys(spec.segments)) {
    if (!isInterfaceName(name))
      problems.push(`segments.${name}: a segment is named like an interface, 1 to 11 characters`)
  }
  const owners = new Map<string, string>()
  for (const [name, node] of Object.entries(spec.nodes)) {
    if (!isNodeName(name) || name === FABRIC)
      problems.push(`nodes.${name}: not a DNS name in lower case (and "${FABRIC}" is taken)`)
    problems.push(...interfaceProblems(spec, name, owners), ...routeProblems(name, node))
  }
  return problems
}

function interfaceProblems(spec: LabSpec, nodeName: string, owners: Map<string, string>): string[] {
  const problems: string[] = []
  const names = new Set<string>()
  for (const [index, face] of (spec.nodes[nodeName]?.interfaces ?? []).entries()) {
    const at = `nodes.${nodeName}.interfaces[${index}]`
    const name = interfaceName(face, index)
    if (!isInterfaceName(name))
      problems.push(`${at}.name: "${name}" is no interface name of 1 to 11 characters`)
    if (names.has(name)) problems.push(`${at}.name: "${name}" is used twice on this node`)
    names.add(name)
    if (!Object.hasOwn(spec.segments, face.segment))
      problems.push(`${at}.segment: "${face.segment}" is not one of ${list(Object.keys(spec.segments))}`)
    if (face.mac !== undefined && !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(face.mac))
      problems.push(`${at}.mac: "${face.mac}" is not six lower-case hexadecimal octets`)
    for (const [i, address] of (face.addresses ?? []).entries()) {
      const problem = addressProblem(
        address,
        `${face.segment} ${address.split('/')[0]}`,
        `${at}.addresses[${i}]`,
        owners,
      )
      if (problem !== undefined) problems.push(problem)
    }
  }
  return problems
}

function addressProblem(
  text: string,
  key: string,
  at: string,
  owners: Map<string, string>,
): string | undefined {
  if (!isPrefix(text)) return `${at}: "${text}" is not an address with its prefix length`
  const owner = owners.get(key)
  if (owner !== undefined) return `${at}: "${text}" is already ${owner}'s on this segment`
  owners.set(key, at)
  return undefined
}

function routeProblems(nodeName: string, node: NodeSpec): string[] {
  return (node.routes ?? []).flatMap((route, index) => {
    const at = `nodes.${nodeName}.routes[${index}]`
    const problems: string[] = []
    if (route.to !== 'default' && !isPrefix(route.to))
      problems.push(`${at}.to: "${route.to}" is neither "default" nor a prefix`)
    if (route.via === undefined && route.dev === undefined) problems.push(`${at}: neither via nor dev`)
    if (route.via !== undefined && parseAddress(route.via) === undefined)
      problems.push(`${at}.via: "${route.via}" is not an address`)
    return problems
  })
}

function isPrefix(text: string): boolean {
  const [host = '', length = '', more] = text.split('/')
  const address = parseAddress(host)
  return (
    more === undefined &&
    address !== undefined &&
    /^\d+$/.test(length) &&
    Number(length) <= bitsOf(familyOf(address))
  )
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no segments at all' : names.join(', ')
}
