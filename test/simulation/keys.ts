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
    // By index: the loop over an iterator takes ten times as long.
    for (let index = 0; index < message.length; index++)
      sum = Math.imul(sum ^ (message[index] as number), 0x01000193)
    const mac = new Uint8Array(32)
    for (let index = 0; index < 4; index++) mac[index] = sum >>> (24 - 8 * index)
    return mac
  }
}
