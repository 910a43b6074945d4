/* Messages that are nearly right: what a broken, hostile or newer peer might send. */
import type { Random } from './random.ts'

type Mutation = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array

const edges = [0, 1, 2, 4, 16, 32, 33, 64, 127, 128, 129, 254, 255]

const mutations: readonly Mutation[] = [
  // One bit.
  (bytes, random) => {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    return bytes
  },
  // One octet at the edge of something.
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.pick(edges)
    return bytes
  },
  // A two-octet length, somewhat off.
  (bytes, random) => {
    const at = random.below(bytes.length)
    const value = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0) + random.below(9) - 4
    bytes[at] = value >>> 8
    if (at + 1 < bytes.length) bytes[at + 1] = value
    return bytes
  },
  // Cut short.
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  // A piece twice.
  (bytes, random) => {
    const [from, to] = span(bytes, random)
    return joined(bytes.subarray(0, to), bytes.subarray(from))
  },
  // A piece left out.
  (bytes, random) => {
    const [from, to] = span(bytes, random)
    return joined(bytes.subarray(0, from), bytes.subarray(to))
  },
  // The head of one and the tail of another.
  (bytes, random, corpus) => {
    const other = random.pick(corpus)
    return joined(
      bytes.subarray(0, random.below(bytes.length)),
      other.subarray(random.below(other.length + 1)),
    )
  },
  // Octets of no meaning.
  (bytes, random) => {
    const [from, to] = span(bytes, random)
    for (let at = from; at < to; at++) bytes[at] = random.below(256)
    return bytes
  },
]

/** One in eight stays as it is; the others suffer once or a few times. */
export function mutated(
  random: Random,
  corpus: readonly Uint8Array[],
): { bytes: Uint8Array; intact: boolean } {
  let bytes: Uint8Array = random.pick(corpus).slice()
  if (random.below(8) === 0) return { bytes, intact: true }
  for (let times = 1 + random.below(3); times > 0; times--) {
    if (bytes.length > 0) bytes = random.pick(mutations)(bytes, random, corpus)
  }
  return { bytes, intact: false }
}

function span(bytes: Uint8Array, random: Random): [number, number] {
  const from = random.below(bytes.length)
  return [from, Math.min(bytes.length, from + 1 + random.below(24))]
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
