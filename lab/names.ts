/*
 * Names of what a lab makes. Everything a lab owns carries its id, so that parallel labs never meet and a sweeper can
 * tell from a name alone what belongs to whom.
 */
import { randomInt } from 'node:crypto'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** IFNAMSIZ less the terminating zero. */
const INTERFACE_NAME_LENGTH = 15
const PORT_PREFIX_LENGTH = 4

/** `hl-` and six random characters: 2 × 10⁹ ids, and short enough for unix socket paths below the lab's directory. */
export function newLabId(random: (below: number) => number = (below) => randomInt(below)): string {
  return `hl-${Array.from({ length: 6 }, () => ALPHABET[random(ALPHABET.length)]).join('')}`
}

export function isLabId(text: string): boolean {
  return /^hl-[a-z0-9]{6}$/.test(text)
}

export function netnsName(labId: string, node: string): string {
  return `${labId}-${node}`
}

/** The lab a namespace belongs to, or undefined when no lab made it. */
export function labIdOfNetns(netns: string): string | undefined {
  const id = /^(hl-[a-z0-9]{6})-./.exec(netns)?.[1]
  return id
}

/** Locally administered and readable in a capture: `02:68:6c` ("hl"), then node and interface counted from 1 and 0. */
export function macAddress(nodeIndex: number, interfaceIndex: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0')
  return `02:68:6c:${hex((nodeIndex + 1) >> 8)}:${hex((nodeIndex + 1) & 0xff)}:${hex(interfaceIndex)}`
}

/** The bridge's end of a node's cable: the node counted from 1, then its interface. */
export function portName(nodeIndex: number, interfaceName: string): string {
  return `${nodeIndex + 1}-${interfaceName}`
}

/** Whether the kernel takes it as an interface name, with room for what `portName` puts in front. */
export function isInterfaceName(text: string): boolean {
  return /^[a-z][a-z0-9._-]*$/i.test(text) && text.length <= INTERFACE_NAME_LENGTH - PORT_PREFIX_LENGTH
}

/** A DNS label or subdomain, as Kubernetes wants node names. */
export function isNodeName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text) && text.length <= 63
}
