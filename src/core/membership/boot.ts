declare const boot: unique symbol

/** One life of one process: 8 random bytes as 16 lower-case hexadecimal digits. */
export type BootId = string & { readonly [boot]: true }

/** What is echoed to a member that was never heard. */
export const noBoot: BootId = '0'.repeat(16) as BootId

export function bootFrom(bytes: Uint8Array): BootId {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') as BootId
}

export function bootBytes(id: BootId): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, index) => Number.parseInt(id.slice(2 * index, 2 * index + 2), 16))
}
