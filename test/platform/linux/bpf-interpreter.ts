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
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  let a = 0
  for (let pc = 0; ; pc++) {
    const { code, jt, jf, k } = program[pc]!
    const load = loads[code]
    if (load !== undefined) {
      const value = k === PACKET_TYPE ? packetType : load(view, k >= NETWORK ? k - NETWORK : k)
      if (value === undefined) return false
      a = value
    } else if (code === 0x06) return k !== 0
    else if (code === 0x05) pc += k
    else if (code === 0x15) pc += a === k ? jt : jf
    else if (code === 0x35) pc += a >= k ? jt : jf
    else if (code === 0x74) a >>>= k
    else throw new Error(`instruction ${code} at ${pc} is not known to the interpreter`)
  }
}
