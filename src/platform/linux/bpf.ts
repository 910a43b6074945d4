/*
 * Classic BPF programs, as the kernel runs them on a socket (SO_ATTACH_FILTER). A program is a list of
 * instructions built from the helpers below; jumps are relative, so pieces concatenate freely.
 * @see linux Documentation/networking/filter.rst
 */

export interface Instruction {
  readonly code: number
  /** Instructions to skip when the condition holds, or does not. */
  readonly jt: number
  readonly jf: number
  readonly k: number
}

/** BPF_MAXINSNS of the kernel. */
export const MAX_INSTRUCTIONS = 4096

/** Offsets the kernel answers from packet metadata (SKF_AD_OFF). */
export const PACKET_TYPE_OFFSET = 0xfffff000 + 4
/** Ethertype, and index of the interface, of the packet. */
export const PROTOCOL_OFFSET = 0xfffff000
export const INTERFACE_OFFSET = 0xfffff000 + 8
/** Added to an offset, it counts from the IP header, whatever the socket's own packets begin with (SKF_NET_OFF). */
export const NETWORK_OFFSET = 0xfff00000
/** PACKET_OTHERHOST: frames of others that a promiscuous interface or a foreign VLAN lets through; above: our own. */
export const PACKET_OTHERHOST = 3
/** PACKET_OUTGOING: what this machine sends. */
export const PACKET_OUTGOING = 4

const LD_WORD = 0x20
const LD_HALF = 0x28
const LD_BYTE = 0x30
const JUMP = 0x05
const JUMP_EQUAL = 0x15
const JUMP_GREATER = 0x25
const JUMP_GREATER_OR_EQUAL = 0x35
const RETURN = 0x06

const ACCEPT_ALL_BYTES = 0x40000

export const loadWord = (offset: number): Instruction => plain(LD_WORD, offset)
export const loadHalf = (offset: number): Instruction => plain(LD_HALF, offset)
export const loadByte = (offset: number): Instruction => plain(LD_BYTE, offset)
export const accept = (): Instruction => plain(RETURN, ACCEPT_ALL_BYTES)
export const drop = (): Instruction => plain(RETURN, 0)

/** Drops the packet unless the accumulator equals `k`. */
export const require = (k: number): readonly Instruction[] => [jump(JUMP_EQUAL, k, 1, 0), drop()]

/** Drops the packet unless the accumulator is below `k`. */
export const requireBelow = (k: number): readonly Instruction[] => [
  jump(JUMP_GREATER_OR_EQUAL, k, 0, 1),
  drop(),
]

/** Drops the packet unless the accumulator is `k` or more. */
export const requireAtLeast = (k: number): readonly Instruction[] => [
  jump(JUMP_GREATER_OR_EQUAL, k, 1, 0),
  drop(),
]

/** Puts the word at `offset` in the place of an accumulator that is 0. */
export const loadInPlaceOfZero = (offset: number): readonly Instruction[] => [
  jump(JUMP_EQUAL, 0, 0, 1),
  loadWord(offset),
]

/** Runs `body` only if the accumulator equals `k`; the accumulator is the body's afterwards. */
export function when(k: number, body: readonly Instruction[]): readonly Instruction[] {
  return [jump(JUMP_EQUAL, k, 1, 0), plain(JUMP, body.length), ...body]
}

/** 32-bit words from the first to the last, both included. */
export type WordRange = readonly [first: number, last: number]

/**
 * The words as sorted ranges; neighbouring ones make one range. Where more than `limit` remain, the narrowest gaps between
 * them are filled: the set then contains more than `words`, never less.
 */
export function wordRanges(words: Iterable<number>, limit: number): readonly WordRange[] {
  const sorted = Uint32Array.from(words).sort()
  const gaps = [...sorted.keys()].slice(1).filter((i) => (sorted[i] ?? 0) - (sorted[i - 1] ?? 0) > 1)
  const width = (i: number): number => (sorted[i] ?? 0) - (sorted[i - 1] ?? 0)
  const widest =
    gaps.length < limit ? gaps : gaps.toSorted((a, b) => width(b) - width(a)).slice(0, Math.max(0, limit - 1))
  const starts = sorted.length === 0 ? [] : [0, ...widest.toSorted((a, b) => a - b)]
  return starts.map((start, n) => [sorted[start] ?? 0, sorted[(starts[n + 1] ?? sorted.length) - 1] ?? 0])
}

/** So many ranges are tried one after another; more are halved first. */
const LEAF = 16

/**
 * Accepts the packet if the accumulator is in one of the ranges, else goes on. It is found by halving: what a packet
 * costs grows with the logarithm of their number.
 */
export function acceptIfIn(ranges: readonly WordRange[]): readonly Instruction[] {
  return ranges.length === 0 ? [] : search(ranges, 0)
}

/** `tail`: instructions between the end of this part and the end of the whole, to jump over when nothing was found. */
function search(ranges: readonly WordRange[], tail: number): readonly Instruction[] {
  if (ranges.length <= LEAF) return tryEach(ranges, tail)
  const middle = ranges.length >> 1
  const lower = search(ranges.slice(0, middle), tail)
  const upper = search(ranges.slice(middle), tail + lower.length)
  const [[first] = [0]] = ranges.slice(middle)
  return [jump(JUMP_GREATER_OR_EQUAL, first, 1, 0), plain(JUMP, upper.length), ...upper, ...lower]
}

function tryEach(ranges: readonly WordRange[], tail: number): readonly Instruction[] {
  const sizes = ranges.map(([first, last]) => (first === last ? 1 : 2))
  let left = sizes.reduce((sum, size) => sum + size, 0)
  const tests = ranges.flatMap(([first, last], i) => {
    left -= sizes[i] ?? 0
    // Behind the rest of the tests and the jump away from here.
    const found = left + 1
    if (first === last) return [jump(JUMP_EQUAL, first, found, 0)]
    return [jump(JUMP_GREATER_OR_EQUAL, first, 0, 1), jump(JUMP_GREATER, last, 0, found)]
  })
  return [...tests, plain(JUMP, tail + 1), accept()]
}

/** `struct sock_filter[]` in native byte order. */
export function assemble(program: readonly Instruction[]): Uint8Array {
  if (program.length > MAX_INSTRUCTIONS)
    throw new RangeError(
      `BPF program of ${program.length} instructions; the kernel allows ${MAX_INSTRUCTIONS}`,
    )
  const bytes = new Uint8Array(program.length * 8)
  const [codes, words] = [new Uint16Array(bytes.buffer), new Uint32Array(bytes.buffer)]
  for (const [i, instruction] of program.entries()) {
    codes[i * 4] = instruction.code
    bytes[i * 8 + 2] = instruction.jt
    bytes[i * 8 + 3] = instruction.jf
    words[i * 2 + 1] = instruction.k
  }
  return bytes
}

function plain(code: number, k: number): Instruction {
  return { code, jt: 0, jf: 0, k: k >>> 0 }
}

function jump(code: number, k: number, jt: number, jf: number): Instruction {
  return { code, jt, jf, k: k >>> 0 }
}
