/*
 * rtnetlink messages about links and addresses.
 *
 *    0       4      6       8      12     16
 *   +-------+------+-------+------+------+----------------------+---------------------
 *   | length| type | flags | seq  | pid  | ifinfomsg/ifaddrmsg  | attributes (TLV) …
 *   +-------+------+-------+------+------+----------------------+---------------------
 *
 * All numbers are in the machine's byte order; messages and attributes start on multiples of four.
 * @see RFC 3549 §2, linux rtnetlink(7)
 */
import { addressFromBytes, type Address } from '#core/model/address.ts'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../constants.ts'

export type NetlinkMessage =
  | { readonly kind: 'link'; readonly link: LinkInfo }
  | { readonly kind: 'link-gone'; readonly index: number }
  | { readonly kind: 'address'; readonly assignment: AddressInfo }
  | { readonly kind: 'address-gone'; readonly assignment: AddressInfo }
  /** End of the dump numbered `seq`; `interrupted` when it changed under the kernel's hands. */
  | { readonly kind: 'done'; readonly seq: number; readonly interrupted: boolean }
  | { readonly kind: 'error'; readonly seq: number; readonly errno: number }
  | { readonly kind: 'malformed' }

export interface LinkInfo {
  readonly index: number
  readonly name: string
  /** ARPHRD_*: 1 is Ethernet. */
  readonly type: number
  /** IFF_*. */
  readonly flags: number
  /** Index of the bridge, bond or VRF it belongs to. */
  readonly master?: number
  /** As the kernel has it: six bytes on Ethernet. */
  readonly hardwareAddress: Uint8Array
}

export interface AddressInfo {
  readonly index: number
  readonly address: Address
  readonly prefixLength: number
}

export const DUMP_LINKS = 18
export const DUMP_ADDRESSES = 22

const HEADER = 16
const IFINFO = 16
const IFADDR = 8
const [NLMSG_ERROR, NLMSG_DONE] = [2, 3]
const [RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_DELADDR] = [16, 17, 20, 21]
const [NLM_F_REQUEST, NLM_F_DUMP, NLM_F_DUMP_INTR] = [0x1, 0x300, 0x10]
const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MASTER] = [1, 3, 10]
const [IFA_ADDRESS, IFA_LOCAL] = [1, 2]

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** The request for a full dump; `what` is DUMP_LINKS or DUMP_ADDRESSES, of all families. */
export function dumpRequest(what: number, seq: number): Uint8Array {
  const bytes = new Uint8Array(HEADER + (what === DUMP_LINKS ? IFINFO : IFADDR))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, LITTLE)
  view.setUint16(4, what, LITTLE)
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, LITTLE)
  view.setUint32(8, seq, LITTLE)
  return bytes
}

/** Every message of one datagram that concerns links or addresses; a broken tail becomes one `malformed`. */
export function decodeDatagram(bytes: Uint8Array): readonly NetlinkMessage[] {
  const messages: NetlinkMessage[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let offset = 0; offset < bytes.length;) {
    const length = offset + HEADER <= bytes.length ? view.getUint32(offset, LITTLE) : 0
    if (length < HEADER || offset + length > bytes.length) return [...messages, { kind: 'malformed' }]
    const message = decodeMessage(new DataView(bytes.buffer, bytes.byteOffset + offset, length))
    if (message !== undefined) messages.push(message)
    offset += aligned(length)
  }
  return messages
}

function decodeMessage(view: DataView): NetlinkMessage | undefined {
  const seq = view.getUint32(8, LITTLE)
  switch (view.getUint16(4, LITTLE)) {
    case NLMSG_DONE:
      return { kind: 'done', seq, interrupted: (view.getUint16(6, LITTLE) & NLM_F_DUMP_INTR) !== 0 }
    case NLMSG_ERROR:
      if (view.byteLength < HEADER + 4) return { kind: 'malformed' }
      return { kind: 'error', seq, errno: -view.getInt32(HEADER, LITTLE) }
    case RTM_NEWLINK:
      return decodeLink(view, 'link')
    case RTM_DELLINK:
      return decodeLink(view, 'link-gone')
    case RTM_NEWADDR:
      return decodeAddress(view, 'address')
    case RTM_DELADDR:
      return decodeAddress(view, 'address-gone')
    default:
      return undefined
  }
}

function decodeLink(view: DataView, kind: 'link' | 'link-gone'): NetlinkMessage | undefined {
  const attributes = readAttributes(view, HEADER + IFINFO)
  if (attributes === undefined) return { kind: 'malformed' }
  // A bridge tells of its ports in its own family; a port that leaves it is not a link that is gone.
  if (view.getUint8(HEADER) !== AF_UNSPEC) return undefined
  const index = view.getInt32(HEADER + 4, LITTLE)
  if (kind === 'link-gone') return { kind, index }
  const master = attributes.get(IFLA_MASTER)
  const link: LinkInfo = {
    index,
    name: textOf(attributes.get(IFLA_IFNAME)),
    type: view.getUint16(HEADER + 2, LITTLE),
    flags: view.getUint32(HEADER + 8, LITTLE),
    ...(master?.length === 4 ? { master: viewOf(master).getUint32(0, LITTLE) } : {}),
    hardwareAddress: attributes.get(IFLA_ADDRESS) ?? new Uint8Array(0),
  }
  return { kind, link }
}

function decodeAddress(view: DataView, kind: 'address' | 'address-gone'): NetlinkMessage | undefined {
  const attributes = readAttributes(view, HEADER + IFADDR)
  if (attributes === undefined) return { kind: 'malformed' }
  const family = view.getUint8(HEADER)
  // On a point-to-point link IFA_ADDRESS is the far end; IFA_LOCAL, where present, is ours.
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS)
  const length = family === AF_INET ? 4 : family === AF_INET6 ? 16 : 0
  if (bytes === undefined || length === 0) return undefined
  if (bytes.length !== length) return { kind: 'malformed' }
  const assignment = {
    index: view.getUint32(HEADER + 4, LITTLE),
    address: addressFromBytes(bytes),
    prefixLength: view.getUint8(HEADER + 1),
  }
  return { kind, assignment }
}

/** Attributes by type, their bytes copied; undefined if they do not fit the message. */
function readAttributes(view: DataView, start: number): ReadonlyMap<number, Uint8Array> | undefined {
  if (view.byteLength < start) return undefined
  const attributes = new Map<number, Uint8Array>()
  for (let offset = start; offset + 4 <= view.byteLength;) {
    const length = view.getUint16(offset, LITTLE)
    if (length < 4 || offset + length > view.byteLength) return undefined
    const value = new Uint8Array(view.buffer, view.byteOffset + offset + 4, length - 4).slice()
    attributes.set(view.getUint16(offset + 2, LITTLE), value)
    offset += aligned(length)
  }
  return attributes
}

function aligned(length: number): number {
  return (length + 3) & ~3
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, '')
}
