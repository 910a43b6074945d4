/*
 * Router solicitations and advertisements (RFC 4861 §4.1, §4.2), as far as they tell who is at the other end of a link.
 * The checksum is the kernel's work, in both directions.
 */
export const routerSolicitation = 133
export const routerAdvertisement = 134

const [solicitationLength, advertisementLength] = [8, 16]

export function encodeSolicitation(): Uint8Array {
  return Uint8Array.of(routerSolicitation, ...Array<number>(solicitationLength - 1).fill(0))
}

/** Lifetime 0: a host that hears it does not send its traffic to us. */
export function encodeAdvertisement(): Uint8Array {
  return Uint8Array.of(routerAdvertisement, ...Array<number>(advertisementLength - 1).fill(0))
}

export type DiscoveryMessage =
  | { readonly kind: 'solicitation' }
  /** `lifetime`: seconds for which the sender will forward what is sent to it by default; 0 = it does not. */
  | { readonly kind: 'advertisement'; readonly lifetime: number }

/** The message, or why it counts for nothing (RFC 4861 §6.1). */
export function decodeDiscovery(bytes: Uint8Array): DiscoveryMessage | string {
  const [type, code] = bytes
  const fixed = type === routerSolicitation ? solicitationLength : advertisementLength
  if (type !== routerSolicitation && type !== routerAdvertisement) return 'of another type'
  if (bytes.length < fixed) return 'too short'
  if (code !== 0) return 'of an unknown code'
  if (!optionsAddUp(bytes.subarray(fixed))) return 'an option has no length, or a longer one than the message'
  if (type === routerSolicitation) return { kind: 'solicitation' }
  return { kind: 'advertisement', lifetime: ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0) }
}

/** RFC 4861 §4.6: each option says its length in units of eight octets. */
function optionsAddUp(bytes: Uint8Array): boolean {
  let offset = 0
  while (offset < bytes.length) {
    const units = bytes[offset + 1] ?? 0
    if (units === 0) return false
    offset += 8 * units
  }
  return offset === bytes.length
}
