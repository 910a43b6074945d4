/* The keys of a cluster, and how one is replaced: the new one is believed everywhere before it signs, and signs everywhere before the old one goes. */
import type { Keys } from '#app/membership/protocol.ts'
import type { Mac } from '#core/membership/codec.ts'

const former = Uint8Array.of(1)
const next = Uint8Array.of(2)

const steps: readonly Keys[] = [[former], [former, next], [next, former], [next]]

export const lastStep = steps.length - 1

/** What a file of keys holds after so many of the steps. */
export function keysAt(step: number): Keys {
  return steps[step] as Keys
}

/** As long as HMAC-SHA-256, and different under another key; that nobody could forge it is of no interest here. */
export function macUnder(key: Uint8Array): Mac {
  return (message) => {
    let sum = 0x811c9dc5 ^ (key[0] as number)
    for (const byte of message) sum = Math.imul(sum ^ byte, 0x01000193)
    const mac = new Uint8Array(32)
    new DataView(mac.buffer).setUint32(0, sum >>> 0)
    return mac
  }
}
