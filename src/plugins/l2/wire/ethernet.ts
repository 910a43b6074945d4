/* Ethernet II framing: destination, source, type; addresses are six bytes. */
import type { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'

/** Six bytes; never changed in place. */
export type Mac = Uint8Array

export const BROADCAST: Mac = Uint8Array.of(255, 255, 255, 255, 255, 255)
export const NO_MAC: Mac = new Uint8Array(6)

/** Registered EtherTypes. @see IANA ieee-802-numbers */
export const ETHERTYPE_ARP = 0x0806
export const ETHERTYPE_IPV6 = 0x86dd

export interface EthernetHeader {
  readonly destination: Mac
  readonly source: Mac
  readonly type: number
}

export function readEthernet(reader: Reader): EthernetHeader {
  return { destination: reader.bytes(6), source: reader.bytes(6), type: reader.u16() }
}

/** Whether a frame carries ARP, by its type alone. */
export function isArp(frame: Uint8Array): boolean {
  return frame[12] === ETHERTYPE_ARP >>> 8 && frame[13] === (ETHERTYPE_ARP & 0xff)
}

/** A writer that begins with the header. */
export function ethernetFrame({ destination, source, type }: EthernetHeader): Writer {
  return new Writer(96).bytes(destination).bytes(source).u16(type)
}

/** The Ethernet address of an IPv6 multicast group. @see RFC 2464 §7 */
export function multicastMac(group: Uint8Array): Mac {
  return Uint8Array.of(0x33, 0x33, ...group.subarray(12))
}

/** Neither multicast nor all zeros: one station's own. */
export function isStation(mac: Mac): boolean {
  return ((mac[0] ?? 1) & 1) === 0 && mac.some((byte) => byte !== 0)
}

export function sameMac(a: Mac, b: Mac): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** `02:00:5e:10:00:01` */
export function macText(mac: Mac): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}
