declare const boot: unique symbol

/** One life of one process: 8 random bytes as 16 lower-case hexadecimal digits. */
export type BootId = string & { readonly [boot]: true }

/** What is echoed to a member that was never heard. */
export const noBoot: BootId = '0'.repeat(16) as BootId

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function bootFrom(bytes: Uint8Array): BootId {
  let id = ''
  for (const byte of bytes) id += digits[byte]
  return id as BootId
}

export function bootBytes(id: BootId): Uint8Array {
  const bytes = new Uint8Array(8)
  for (let index = 0; index < 8; index++)
    bytes[index] = (digitAt(id, 2 * index) << 4) | digitAt(id, 2 * index + 1)
  return bytes
}

/** '0' and 'a' have the codes 48 and 97. Twice with each datagram: nothing is cut out to be parsed. */
function digitAt(id: BootId, index: number): number {
  const code = id.charCodeAt(index)
  return code < 97 ? code - 48 : code - 87
}
