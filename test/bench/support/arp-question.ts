/* A question by ARP, as a client of a lab asks it with a socket of its own. */
import { bytesOf, type Address } from '#core/model/address.ts'
import type { LabNode } from '#lab/index.ts'
import { accept, loadWord, require } from '#platform/linux/bpf.ts'
import { ETH_P_ARP } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'
import { openPacketSocket, type PacketSocket } from '#platform/linux/packet-socket.ts'
import { encodeArp } from '#plugins/l2/wire/arp.ts'
import { BROADCAST, NO_MAC } from '#plugins/l2/wire/ethernet.ts'

/** Hardware and protocol address lengths, and the operation: a reply. */
const lengthsAndReply = 0x06040002

/** To be called in the namespace of the client. Nothing but answers of the address arrives at the socket. */
export function arpQuestion(
  client: LabNode,
  address: Address,
): { readonly socket: PacketSocket; readonly request: Uint8Array } {
  const socket = openPacketSocket(ETH_P_ARP, libc.interfaceIndex('eth0'))
  const mac = Uint8Array.from(client.mac().split(':'), (octet) => Number.parseInt(octet, 16))
  const sender = { mac, address: client.address() as Address }
  const target = { mac: NO_MAC, address }
  const request = encodeArp({ destination: BROADCAST, source: mac, operation: 'request', sender, target })
  const from = new DataView(bytesOf(address).buffer).getUint32(0)
  socket.filter([loadWord(18), ...require(lengthsAndReply), loadWord(28), ...require(from), accept()])
  return { socket, request }
}
