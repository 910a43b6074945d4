/*
 * Kernel filters: what wakes the process. They may let through more than asked for (never less), because the
 * responder looks at every frame again. Offsets count from the Ethernet header.
 */
import { valueOf, type Address } from '#core/model/address.ts'
import {
  acceptIfIn,
  drop,
  loadByte,
  loadHalf,
  loadInPlaceOfZero,
  loadWord,
  PACKET_OTHERHOST,
  PACKET_TYPE_OFFSET,
  require,
  requireBelow,
  when,
  wordRanges,
  type Instruction,
} from '#platform/linux/bpf.ts'

/** Frames to other stations (promiscuous mode, foreign VLANs) and our own are none of our business. */
const ADDRESSED_TO_US = [loadWord(PACKET_TYPE_OFFSET), ...requireBelow(PACKET_OTHERHOST)]

const ARP = { hardwareAndProtocol: 14, lengths: 18, operation: 20, sender: 28, target: 38 }
const [ETHERNET_IPV4, LENGTHS_6_4, REQUEST] = [0x00010800, 0x0604, 1]

/** Words of addresses, as `lastWord` gives them. */
export interface Heeded {
  /** Announced here. */
  readonly own: Iterable<number>
  /** Announced here or on another node. */
  readonly all: Iterable<number>
}

/** Any ARP whose sender claims an address, probes for one, and requests for those announced here. */
export function arpFilter({ own, all }: Heeded, limit: number): readonly Instruction[] {
  return [
    ...ADDRESSED_TO_US,
    loadWord(ARP.hardwareAndProtocol),
    ...require(ETHERNET_IPV4),
    loadHalf(ARP.lengths),
    ...require(LENGTHS_6_4),
    // The sender of a probe is 0.0.0.0.
    loadWord(ARP.sender),
    ...loadInPlaceOfZero(ARP.target),
    ...acceptIfIn(wordRanges(all, limit)),
    loadHalf(ARP.operation),
    ...require(REQUEST),
    loadWord(ARP.target),
    ...acceptIfIn(wordRanges(own, limit)),
    drop(),
  ]
}

const IPV6 = { nextHeader: 20, hopLimit: 21, icmpType: 54, targetLastWord: 74 }
const [ICMPV6, HOP_LIMIT, SOLICITATION, ADVERTISEMENT] = [58, 255, 135, 136]

/** Advertisements of targets that end in one of the words, and solicitations for those announced here. */
export function ndpFilter({ own, all }: Heeded, limit: number): readonly Instruction[] {
  const among = (words: Iterable<number>): readonly Instruction[] => [
    loadWord(IPV6.targetLastWord),
    ...acceptIfIn(wordRanges(words, limit)),
    drop(),
  ]
  return [
    ...ADDRESSED_TO_US,
    loadByte(IPV6.nextHeader),
    ...require(ICMPV6),
    // RFC 4861 §7.1: anything less has crossed a router.
    loadByte(IPV6.hopLimit),
    ...require(HOP_LIMIT),
    loadByte(IPV6.icmpType),
    ...when(SOLICITATION, among(own)),
    ...require(ADVERTISEMENT),
    ...among(all),
  ]
}

/** What the filters compare: the whole of an IPv4 address, the last 32 bits of an IPv6 one. */
export function lastWord(address: Address): number {
  return Number(valueOf(address) & 0xffffffffn)
}
