/*
 * What the tools are told, as text: `ip -batch` lines and sysctl scripts made from a topology. Pure, so that a
 * topology can be read before it is made.
 */
import { macAddress, netnsName, portName } from './names.ts'
import { FABRIC, interfaceName, type LabSpec, type NodeSpec, type RouteSpec } from './spec.ts'

/**
 * Written before any interface exists, so that each one inherits them: no duplicate address detection (no waiting for
 * tentative addresses), no reverse path filter (packets for announced addresses come from anywhere), no redirects,
 * no router advertisements, IPv6 addresses that survive their interface going down, and equal-cost routes hashed on
 * ports.
 */
const NODE_SYSCTLS: Readonly<Record<string, number>> = {
  'net.ipv4.conf.all.rp_filter': 0,
  'net.ipv4.conf.default.rp_filter': 0,
  'net.ipv4.conf.all.send_redirects': 0,
  'net.ipv4.conf.default.send_redirects': 0,
  'net.ipv4.fib_multipath_hash_policy': 1,
  'net.ipv6.fib_multipath_hash_policy': 1,
  'net.ipv6.conf.all.accept_dad': 0,
  'net.ipv6.conf.default.accept_dad': 0,
  'net.ipv6.conf.default.accept_ra': 0,
  'net.ipv6.conf.all.keep_addr_on_down': 1,
  'net.ipv6.conf.default.router_solicitations': 0,
}

/** The bridges' namespace carries frames only; it must never take part in IP. */
const FABRIC_SYSCTLS: Readonly<Record<string, number>> = {
  'net.ipv6.conf.all.disable_ipv6': 1,
  'net.ipv6.conf.default.disable_ipv6': 1,
}

/** The loopback interface is 1. */
const FIRST_INDEX = 2
/** Above any index an interface inside a node gets. */
const FIRST_PORT_INDEX = 10_000

export function netnsLines(labId: string, spec: LabSpec): string[] {
  return [FABRIC, ...Object.keys(spec.nodes)].map((name) => `netns add ${netnsName(labId, name)}`)
}

export function fabricSysctlScript(): string {
  return sysctlScript(FABRIC_SYSCTLS)
}

export function nodeSysctlScript(node: NodeSpec): string {
  const forwarding = Number(node.forwarding ?? false)
  return sysctlScript({
    ...NODE_SYSCTLS,
    'net.ipv4.ip_forward': forwarding,
    'net.ipv6.conf.all.forwarding': forwarding,
    'net.ipv6.conf.default.forwarding': forwarding,
  })
}

/** For `sh -e`: a key that does not exist fails with its path in the message. */
export function sysctlScript(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([key, value]) => `echo '${value}' > /proc/sys/${key.replaceAll('.', '/')}\n`)
    .join('')
}

/**
 * Every cable, made in one go with both ends already in their namespaces: nothing ever appears outside. Every
 * interface gets an index of its own (a peer's is heeded only where both are given), because the kernel delays news
 * of carrier by up to a second for an interface whose peer has the same index in its namespace.
 */
export function cableLines(labId: string, spec: LabSpec): string[] {
  let portIndex = FIRST_PORT_INDEX
  return Object.entries(spec.nodes).flatMap(([node, { interfaces }], nodeIndex) =>
    interfaces.map((face, faceIndex) => {
      const name = interfaceName(face, faceIndex)
      const mac = face.mac ?? macAddress(nodeIndex, faceIndex)
      const mtu = spec.segments[face.segment]?.mtu ?? 1500
      return (
        `link add name ${name} index ${FIRST_INDEX + faceIndex} address ${mac} mtu ${mtu} netns ${netnsName(labId, node)} type veth` +
        ` peer name ${portName(nodeIndex, name)} index ${portIndex++} mtu ${mtu} netns ${netnsName(labId, FABRIC)}`
      )
    }),
  )
}

/** The bridges, and every port plugged in and up. No spanning tree and no forward delay: ports forward at once. */
export function fabricLines(spec: LabSpec): string[] {
  const bridges = Object.entries(spec.segments).flatMap(([name, segment]) => [
    bridgeLine(name, segment.multicastSnooping ?? false),
    `link set ${name} up`,
  ])
  const ports = Object.values(spec.nodes).flatMap(({ interfaces }, nodeIndex) =>
    interfaces.map((face, index) => {
      const port = portName(nodeIndex, interfaceName(face, index))
      return `link set ${port} master ${face.segment} up`
    }),
  )
  return [...bridges, ...ports]
}

function bridgeLine(name: string, multicastSnooping: boolean): string {
  return `link add ${name} type bridge stp_state 0 forward_delay 0 mcast_snooping ${Number(multicastSnooping)}`
}

/** Addresses, interfaces up, then routes, inside the node's namespace. */
export function nodeLines(node: NodeSpec): string[] {
  const names = node.interfaces.map(interfaceName)
  const addresses = node.interfaces.flatMap((face, index) =>
    (face.addresses ?? []).map((address) => addressLine(address, names[index] ?? '')),
  )
  return [
    'link set lo up',
    ...addresses,
    ...names.map((name) => `link set ${name} up`),
    ...(node.routes ?? []).map(routeLine),
  ]
}

function addressLine(address: string, name: string): string {
  return `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ' brd +'}`
}

function routeLine({ to, via, dev }: RouteSpec): string {
  return `route add ${to}${via === undefined ? '' : ` via ${via}`}${dev === undefined ? '' : ` dev ${dev}`}`
}
