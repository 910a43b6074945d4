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

/** Longest conditional jump: offsets are one byte. */
const MAX_JUMP = 255

/** Offsets the kernel answers from packet metadata (SKF_AD_OFF). */
export const PACKET_TYPE_OFFSET = 0xfffff000 + 4
/** Added to an offset, it counts from the IP header, whatever the socket's own packets begin with (SKF_NET_OFF). */
export const NETWORK_OFFSET = 0xfff00000
/** PACKET_OTHERHOST: frames of others that a promiscuous interface or a foreign VLAN lets through; above: our own. */
export const PACKET_OTHERHOST = 3

const LD_WORD = 0x20
const LD_HALF = 0x28
const LD_BYTE = 0x30
const JUMP = 0x05
const JUMP_EQUAL = 0x15
const JUMP_GREATER_OR_EQUAL = 0x35
const SHIFT_RIGHT = 0x74
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

/** Runs `body` only if the accumulator equals `k`; the accumulator is the body's afterwards. */
export function when(k: number, body: readonly Instruction[]): readonly Instruction[] {
  return [jump(JUMP_EQUAL, k, 1, 0), plain(JUMP, body.length), ...body]
}

/** A set of 32-bit words, exact (`shift` 0) or widened to their upper bits so that it fits a program. */
export interface WordSet {
  readonly shift: number
  readonly words: readonly number[]
}

/** The narrowest set of at most `limit` words that contains all of `words`. */
export function wordSet(words: Iterable<number>, limit: number): WordSet {
  const sorted = Uint32Array.from(words).sort()
  let [shift, prefixes] = [0, distinct(sorted, 0)]
  while (prefixes.length > Math.max(1, limit)) prefixes = distinct(sorted, ++shift)
  return { shift, words: prefixes }
}

/** The different upper bits of sorted words. */
function distinct(sorted: Uint32Array, shift: number): number[] {
  if (shift > 31) return [0]
  const prefixes: number[] = []
  for (const word of sorted) if (word >>> shift !== prefixes.at(-1)) prefixes.push(word >>> shift)
  return prefixes
}

/** Accepts the packet if the accumulator is in `set`, else goes on. */
export function acceptIfIn(set: WordSet): readonly Instruction[] {
  if (set.shift > 31) return [accept()]
  const program: Instruction[] = set.shift === 0 ? [] : [plain(SHIFT_RIGHT, set.shift)]
  for (let start = 0; start < set.words.length; start += MAX_JUMP) {
    const block = set.words.slice(start, start + MAX_JUMP)
    for (const [i, word] of block.entries()) program.push(jump(JUMP_EQUAL, word, block.length - i, 0))
    program.push(plain(JUMP, 1), accept())
  }
  return program
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
