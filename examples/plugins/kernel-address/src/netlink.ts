/* Addresses of an interface by rtnetlink(7): one socket, one request at a time, each acknowledged by the kernel. */
import { readFileSync } from 'node:fs'

import { addressFromBytes, bytesOf, parseAddress } from 'heraldlb'
import koffi from 'koffi'

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)')
const send = libc.func('long send(int, _In_ uint8_t *, size_t, int)')
const recv = libc.func('long recv(int, _Out_ uint8_t *, size_t, int)')

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 0o2000003
const [RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR] = [20, 21, 22]
const [NLMSG_ERROR, NLMSG_DONE] = [2, 3]
const [REQUEST, ACK, DUMP, CREATE] = [1, 4, 0x300, 0x500]
const [IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS, IFA_PROTO] = [1, 2, 8, 11]
/** No duplicate address detection, which would keep an IPv6 address silent for a second; no route for the prefix. */
const NODAD_NOPREFIXROUTE = 0x202
/** Ours among the protocols that IFA_PROTO tells apart. */
const mark = 72
const [EEXIST, EADDRNOTAVAIL] = [17, 99]

const fd: number = socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0)

export function indexOf(link: string): number {
  return Number(readFileSync(`/sys/class/net/${link}/ifindex`, 'utf8'))
}

export function addAddress(index: number, address: string): void {
  request(RTM_NEWADDR, REQUEST | ACK | CREATE, body(index, address), EEXIST)
}

export function removeAddress(index: number, address: string): void {
  request(RTM_DELADDR, REQUEST | ACK, body(index, address), EADDRNOTAVAIL)
}

/** Those of the interface that carry our mark. */
export function markedAddresses(index: number): string[] {
  return request(RTM_GETADDR, REQUEST | DUMP, Buffer.alloc(8), 0).flatMap((message) => {
    if (message.readUInt32LE(20) !== index) return []
    const attributes = attributesOf(message.subarray(24))
    const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS)
    return attributes.get(IFA_PROTO)?.[0] === mark && bytes ? [addressFromBytes(bytes)] : []
  })
}

function body(index: number, text: string): Buffer {
  const address = parseAddress(text)
  if (address === undefined) throw new TypeError(text)
  const bytes = bytesOf(address)
  const header = Buffer.from([bytes.length === 4 ? 2 : 10, bytes.length * 8, 0, 0, 0, 0, 0, 0])
  header.writeUInt32LE(index, 4)
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE(NODAD_NOPREFIXROUTE)
  const attributes = [attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes), attribute(IFA_FLAGS, flags)]
  return Buffer.concat([header, ...attributes, attribute(IFA_PROTO, Uint8Array.of(mark))])
}

function attribute(type: number, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(data.length / 4) * 4)
  bytes.writeUInt16LE(4 + data.length, 0)
  bytes.writeUInt16LE(type, 2)
  bytes.set(data, 4)
  return bytes
}

/** The messages of the answer; throws the kernel's error, unless it is the one that means "so it is already". */
function request(type: number, flags: number, payload: Buffer, harmless: number): Buffer[] {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + payload.length, 0)
  header.writeUInt16LE(type, 4)
  header.writeUInt16LE(flags, 6)
  send(fd, Buffer.concat([header, payload]), 16 + payload.length, 0)
  const messages: Buffer[] = []
  for (;;) {
    const bytes = Buffer.alloc(65_536)
    let rest = bytes.subarray(0, Number(recv(fd, bytes, bytes.length, 0)))
    for (; rest.length >= 16; rest = rest.subarray((rest.readUInt32LE(0) + 3) & ~3)) {
      const kind = rest.readUInt16LE(4)
      if (kind === NLMSG_DONE) return messages
      if (kind !== NLMSG_ERROR) {
        messages.push(rest.subarray(0, rest.readUInt32LE(0)))
        continue
      }
      const error = -rest.readInt32LE(16)
      if (error !== 0 && error !== harmless) throw new Error(`the kernel refused (errno ${error})`)
      return messages
    }
  }
}

function attributesOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let rest = bytes; rest.length >= 4; rest = rest.subarray((rest.readUInt16LE(0) + 3) & ~3)) {
    found.set(rest.readUInt16LE(2), rest.subarray(4, rest.readUInt16LE(0)))
  }
  return found
}
