import { familyOf, valueOf, type Address } from '#core/model/address.ts'

/** An address as the name of an object: IPv6 in full, with hyphens, because a name holds no colon and no end in one. */
export function addressWords(address: Address): string {
  if (familyOf(address) === 'IPv4') return address
  const digits = valueOf(address).toString(16).padStart(32, '0')
  return (digits.match(/.{4}/g) ?? []).join('-')
}
