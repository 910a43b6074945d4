/* Signatures of DNS messages by a shared key (TSIG, RFC 8945, hmac-sha256): of one request and all its answers. */
import { createHmac, timingSafeEqual } from 'node:crypto'

import { decode, type Packet } from 'dns-packet'

export interface Key {
  readonly name: string
  readonly secret: Uint8Array
}

const [TSIG, ANY] = [250, 255]
const fudgeSeconds = 300
const algorithm = wireName('hmac-sha256')
/** RFC 8945 section 5.2: what a server says in the TSIG's own error field. */
const errors = new Map([
  [16, 'BADSIG: the secret is another'],
  [17, 'BADKEY: the server has no key of this name'],
  [18, 'BADTIME: the clocks are apart'],
])

export class Signatures {
  readonly #key: Key
  readonly #owner: Buffer
  /** The signature before this one: each answer is bound to its request, and to the answers before it. */
  #prior: Buffer = Buffer.alloc(0)
  #unsigned: Buffer[] = []
  #answers = 0

  constructor(key: Key) {
    this.#key = key
    this.#owner = wireName(key.name)
  }

  sign(message: Buffer): Buffer {
    const timers = Buffer.alloc(8)
    timers.writeUIntBE(Math.floor(Date.now() / 1000), 0, 6)
    timers.writeUInt16BE(fudgeSeconds, 6)
    this.#prior = this.#digest([message, this.#variables(timers, Buffer.alloc(4))])
    const id = message.subarray(0, 2)
    const data = [algorithm, timers, ...sized(this.#prior), id, Buffer.alloc(4)]
    const fields = Buffer.concat([uint16(TSIG), uint16(ANY), Buffer.alloc(4), ...sized(Buffer.concat(data))])
    return Buffer.concat([withAdditionals(message, 1), this.#owner, fields])
  }

  /** The decoded answer. Throws when it, or the server's opinion of our signature, is not as it must be. */
  verified(message: Buffer): Packet {
    const packet = decode(message)
    const last = packet.additionals?.at(-1)
    const first = this.#answers++ === 0
    // RFC 8945 section 5.3.1: of many answers to one request, some in the middle may have no signature of their own.
    if (last?.type !== 'TSIG') {
      if (first) throw new Error('the server did not sign its answer')
      this.#unsigned.push(message)
      return packet
    }
    const data = (last as unknown as { readonly data: Buffer }).data.subarray(algorithm.length)
    const [timers, size] = [data.subarray(0, 8), data.readUInt16BE(8)]
    const [mac, rest] = [data.subarray(10, 10 + size), data.subarray(12 + size)]
    const said = rest.readUInt16BE(0)
    if (said !== 0) throw new Error(`the server refused the signature (${errors.get(said) ?? said})`)
    const length = this.#owner.length + 10 + algorithm.length + data.length
    const bare = withAdditionals(message.subarray(0, message.length - length), -1)
    const digest = this.#digest([
      ...sized(this.#prior),
      ...this.#unsigned,
      bare,
      first ? this.#variables(timers, rest) : timers,
    ])
    if (mac.length !== digest.length || !timingSafeEqual(mac, digest))
      throw new Error('the signature of the answer is wrong')
    this.#prior = mac
    this.#unsigned = []
    return packet
  }

  #variables(timers: Buffer, errorAndOther: Buffer): Buffer {
    return Buffer.concat([this.#owner, uint16(ANY), Buffer.alloc(4), algorithm, timers, errorAndOther])
  }

  #digest(parts: readonly Buffer[]): Buffer {
    const hmac = createHmac('sha256', this.#key.secret)
    for (const part of parts) hmac.update(part)
    return hmac.digest()
  }
}

/** Without compression, in lower case: as the signature has it. */
function wireName(name: string): Buffer {
  const labels = name.toLowerCase().replace(/\.$/, '').split('.')
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.alloc(1),
  ])
}

function withAdditionals(message: Buffer, more: number): Buffer {
  const copy = Buffer.from(message)
  copy.writeUInt16BE(message.readUInt16BE(10) + more, 10)
  return copy
}

function sized(bytes: Buffer): [Buffer, Buffer] {
  return [uint16(bytes.length), bytes]
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255])
}
