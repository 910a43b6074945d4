/*
 * The records of a zone that this node put there, kept by signed updates (RFC 2136). Beside each record set stands a
 * TXT record with the name of the node: who takes an address over replaces both, and who lost it removes only what
 * still bears its own name.
 */
import { randomInt } from 'node:crypto'
import { connect } from 'node:net'

import { encode, type Answer, type Packet } from 'dns-packet'

import { Signatures, type Key } from './tsig.js'

export interface RecordSet {
  readonly type: 'A' | 'AAAA'
  readonly name: string
  readonly ttl: number
  readonly addresses: readonly string[]
}

type Owned = Pick<RecordSet, 'type' | 'name'>

export interface Server {
  readonly host: string
  readonly port: number
  readonly zone: string
  readonly key: Key
}

const UPDATE = 5 << 11
const numbers = { A: 1, TXT: 16, AAAA: 28 } as const
const patience = 5000

export class Zone {
  readonly #server: Server
  readonly #node: string
  readonly #signal: AbortSignal

  constructor(server: Server, node: string, signal: AbortSignal) {
    this.#server = server
    this.#node = node
    this.#signal = signal
  }

  /** The server's answer: NOERROR, or why not. */
  async put(set: RecordSet): Promise<string> {
    const { type, name, ttl, addresses } = set
    const records = addresses.map((data): Answer => ({ type, name, ttl, data }))
    const changes = [...this.#nothingOf(set), ...records, this.#mark(set, ttl)]
    return this.#update([], changes)
  }

  /** Leaves alone what another node took over meanwhile. */
  async remove(set: Owned): Promise<string> {
    const rcode = await this.#update([this.#mark(set, 0)], this.#nothingOf(set))
    return rcode === 'NXRRSET' ? 'NOERROR' : rcode
  }

  /** What bears this node's name, by a zone transfer. */
  async marked(): Promise<Owned[]> {
    const questions = [{ type: 'AXFR', name: this.#server.zone } as const]
    const found: Owned[] = []
    let ends = 0
    for await (const { answers = [], rcode } of this.#ask({ questions })) {
      if (rcode !== 'NOERROR') throw new Error(`the server refused to transfer the zone: ${rcode}`)
      for (const answer of answers) {
        const [, type, name] = /^_herald-(aaaa|a)\.(.*)/.exec(answer.name) ?? []
        if (answer.type === 'TXT' && String(answer.data) === this.#node && name !== undefined)
          found.push({ type: type === 'a' ? 'A' : 'AAAA', name })
        // A transfer begins and ends with the SOA (RFC 5936 section 2.2).
        if (answer.type === 'SOA' && ++ends === 2) return found
      }
    }
    throw new Error('the transfer of the zone broke off')
  }

  /** RFC 2136 sections 2.4.2 and 2.5.1. */
  #mark({ type, name }: Owned, ttl: number): Answer {
    return { type: 'TXT', name: markName(type, name), ttl, data: this.#node }
  }

  /** RFC 2136 section 2.5.2: class ANY without data empties a set. */
  #nothingOf({ type, name }: Owned): Answer[] {
    const none = { class: 'ANY', ttl: 0, data: Buffer.alloc(0) }
    return [
      { ...none, type: `UNKNOWN_${numbers[type]}`, name } as never,
      { ...none, type: `UNKNOWN_${numbers.TXT}`, name: markName(type, name) } as never,
    ]
  }

  async #update(answers: Answer[], authorities: Answer[]): Promise<string> {
    const questions = [{ type: 'SOA', name: this.#server.zone } as const]
    for await (const answer of this.#ask({ flags: UPDATE, questions, answers, authorities }))
      return answer.rcode
    throw new Error('the server closed the connection')
  }

  async *#ask(packet: Packet): AsyncGenerator<Packet & { readonly rcode: string }> {
    const { host, port, key } = this.#server
    const signatures = new Signatures(key)
    const message = signatures.sign(encode({ ...packet, type: 'query', id: randomInt(65_536) }))
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(patience)])
    const socket = connect({ host, port, signal })
    try {
      socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]))
      let rest = Buffer.alloc(0)
      for await (const chunk of socket) {
        rest = Buffer.concat([rest, chunk as Buffer])
        for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
          yield signatures.verified(rest.subarray(2, end)) as never
          rest = rest.subarray(end)
        }
      }
    } finally {
      socket.destroy()
    }
  }
}

/** Of the first message in the stream, its length of two bytes before it; Infinity while that is not known. */
function endOf(stream: Buffer): number {
  return stream.length < 2 ? Infinity : 2 + stream.readUInt16BE(0)
}

function markName(type: RecordSet['type'], name: string): string {
  return `_herald-${type.toLowerCase()}.${name}`
}
