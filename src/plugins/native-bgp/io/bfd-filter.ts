/*
 * Kernel filters of the sockets BFD packets arrive at: only our peers, and none that came farther than it may. The
 * TTL is seen nowhere else, so this is where RFC 5881 §5 and RFC 5883 §3 are obeyed.
 */
import { bytesOf, type Address, type Family } from '#core/model/address.ts'
import {
  accept,
  drop,
  loadByte,
  loadWord,
  NETWORK_OFFSET,
  requireAtLeast,
  when,
  type Instruction,
} from '#platform/linux/bpf.ts'

export interface AllowedSender {
  readonly address: Address
  readonly minimumTtl: number
}

const header = { IPv4: { hops: 8, source: 12 }, IPv6: { hops: 7, source: 8 } } as const

/** An IPv6 sender takes 16 instructions, and the kernel takes 4096 in all. */
export const MAX_SENDERS = 255

/** `senders`: of the family, at most MAX_SENDERS; of one named twice the first counts. */
export function senderFilter(family: Family, senders: readonly AllowedSender[]): readonly Instruction[] {
  const { hops } = header[family]
  const checks = senders.flatMap(({ address, minimumTtl }) =>
    whenFrom(family, address, [loadByte(NETWORK_OFFSET + hops), ...requireAtLeast(minimumTtl), accept()]),
  )
  return [...checks, drop()]
}

/** Goes on behind `body` if the sender is another. */
function whenFrom(family: Family, address: Address, body: readonly Instruction[]): readonly Instruction[] {
  const bytes = new DataView(bytesOf(address).buffer)
  const offsets = Array.from({ length: bytes.byteLength / 4 }, (_, i) => 4 * i)
  return offsets.reduceRight<readonly Instruction[]>(
    (inner, offset) => [
      loadWord(NETWORK_OFFSET + header[family].source + offset),
      ...when(bytes.getUint32(offset), inner),
    ],
    body,
  )
}
