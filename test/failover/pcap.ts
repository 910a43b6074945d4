/* Capture files as tcpdump writes them, read while they grow. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export interface Packet {
  /** Milliseconds since the epoch, of the kernel's clock. */
  readonly at: number
  /** From the Ethernet header on, as much as was kept. */
  readonly frame: Uint8Array
}

const fileHeader = 24
const recordHeader = 16
/** Timestamps in microseconds, in this machine's byte order. */
const magic = 0xa1b2c3d4

export class PcapFile {
  readonly #path: string
  #offset = fileHeader

  constructor(path: string) {
    this.#path = path
  }

  /** What was written since the last call; a packet that is not complete yet comes the next time. */
  read(): readonly Packet[] {
    const fresh = this.#rest()
    const view = new DataView(fresh.buffer, fresh.byteOffset, fresh.byteLength)
    const packets: Packet[] = []
    let at = 0
    while (at + recordHeader <= fresh.length) {
      const length = view.getUint32(at + 8, true)
      const end = at + recordHeader + length
      if (end > fresh.length) break
      const time = view.getUint32(at, true) * 1000 + view.getUint32(at + 4, true) / 1000
      packets.push({ at: time, frame: fresh.subarray(at + recordHeader, end) })
      at = end
    }
    this.#offset += at
    return packets
  }

  #rest(): Uint8Array {
    const file = openSync(this.#path, 'r')
    try {
      const start = new Uint8Array(4)
      readSync(file, start, 0, 4, 0)
      if (new DataView(start.buffer).getUint32(0, true) !== magic) return new Uint8Array(0)
      const rest = new Uint8Array(Math.max(0, fstatSync(file).size - this.#offset))
      const got = readSync(file, rest, 0, rest.length, this.#offset)
      return rest.subarray(0, got)
    } finally {
      closeSync(file)
    }
  }
}
