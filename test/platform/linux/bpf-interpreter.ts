import type { Instruction } from '#platform/linux/bpf.ts'

const PACKET_TYPE = 0xfffff004
/** SKF_NET_OFF: what lies behind it counts from the IP header, which is where the packet given begins then. */
const NETWORK = 0xfff00000

/** Loads of one, two and four bytes; a load beyond the packet yields undefined. */
const loads: Readonly<Record<number, (view: DataView, k: number) => number | undefined>> = {
  0x30: (view, k) => (k + 1 <= view.byteLength ? view.getUint8(k) : undefined),
  0x28: (view, k) => (k + 2 <= view.byteLength ? view.getUint16(k) : undefined),
  0x20: (view, k) => (k + 4 <= view.byteLength ? view.getUint32(k) : undefined),
}

/**
 * Runs a classic BPF program the slow, obvious way: true if it accepts the packet. A load beyond the packet
 * rejects it, as in the kernel; `packetType` answers the one metadata offset the filters use.
 */
export function accepts(program: readonly Instruction[], packet: Uint8Array, packetType = 0): boolean {
  return run(program, packet, packetType).accepted
}

/** How many instructions the packet takes. */
export function steps(program: readonly Instruction[], packet: Uint8Array): number {
  return run(program, packet, 0).steps
}

interface Run {
  readonly accepted: boolean
  readonly steps: number
}

function run(program: readonly Instruction[], packet: Uint8Array, packetType: number): Run {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  let a = 0
  for (let pc = 0, steps = 1; ; pc++, steps++) {
    const { code, jt, jf, k } = program[pc]!
    const load = loads[code]
    if (load !== undefined) {
      const value = k === PACKET_TYPE ? packetType : load(view, k >= NETWORK ? k - NETWORK : k)
      if (value === undefined) return { accepted: false, steps }
      a = value
    } else if (code === 0x06) return { accepted: k !== 0, steps }
    else if (code === 0x05) pc += k
    else if (code === 0x15) pc += a === k ? jt : jf
    else if (code === 0x35) pc += a >= k ? jt : jf
    else if (code === 0x25) pc += a > k ? jt : jf
    else throw new Error(`instruction ${code} at ${pc} is not known to the interpreter`)
  }
}
