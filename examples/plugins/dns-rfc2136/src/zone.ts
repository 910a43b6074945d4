/*
 * Names of a zone, kept by signed updates (RFC 2136 with TSIG, RFC 8945, hmac-sha256). Beside the addresses of a name
 * stands a TXT record with the node that put them there: who takes a name over replaces all of it, and who lost it
 * removes only what still bears its own mark.
 */
import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import { connect } from 'node:net'

import { decode, encode, streamEncode, type Answer, type Packet } from 'dns-packet'

export interface Zone {
  readonly host: string
  readonly port: number
  readonly zone: string
  readonly key: { readonly name: string; readonly secret: Uint8Array }
  /** Stands in the marks. */
  readonly node: string
}

export interface Name {
  readonly name: string
  readonly ttl: number
  readonly records: readonly { readonly type: 'A' | 'AAAA'; readonly data: string }[]
}

/** The server's answer: NOERROR, or why not. Rejects when there is none that can be believed. */
export function put(zone: Zone, { name, ttl, records }: Name, signal: AbortSignal): Promise<string> {
  const added = records.map((record): Answer => ({ ...record, name, ttl }))
  return update(zone, [], [nothingAt(name), ...added, mark(zone, name, ttl)], signal)
}

/** As `put`. What another node has taken over is left alone. */
export async function remove(zone: Zone, name: string, signal: AbortSignal): Promise<string> {
  const rcode = await update(zone, [mark(zone, name, 0)], [nothingAt(name)], signal)
  return rcode === 'NXRRSET' ? 'NOERROR' : rcode
}

function mark({ node }: Zone, name: string, ttl: number): Answer {
  return { type: 'TXT', name, ttl, data: `herald ${node}` }
}

/** RFC 2136 section 2.5.3: class and type ANY without data leave nothing of a name. */
function nothingAt(name: string): Answer {
  return { type: 'ANY', class: 'ANY', name, ttl: 0, data: Buffer.alloc(0) } as never
}

const UPDATE = 5 << 11
const patience = 5000

/** What must be so, and what is changed then, stand where other messages have answers and authorities. */
async function update(
  zone: Zone,
  answers: Answer[],
  authorities: Answer[],
  signal: AbortSignal,
): Promise<string> {
  const questions = [{ type: 'SOA', name: zone.zone } as const]
  const id = randomInt(65_536)
  const { request, mac } = signed({ type: 'query', id, flags: UPDATE, questions, answers, authorities }, zone)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  const socket = connect({ host: zone.host, port: zone.port, signal: limit })
  socket.write(request)
  let answer = Buffer.alloc(0)
  for await (const chunk of socket) {
    answer = Buffer.concat([answer, chunk as Buffer])
    if (answer.length > 1 && answer.length === 2 + answer.readUInt16BE(0))
      return verified(answer.subarray(2), mac, zone).rcode
  }
  throw new Error('the server closed the connection')
}

const algorithm = wireName('hmac-sha256')
const fudgeSeconds = 300
/** RFC 8945 section 5.2: what a server says in the TSIG's own error field. */
const errors: Readonly<Record<number, string>> = {
  16: 'BADSIG: the secret is another',
  17: 'BADKEY: the server has no key of this name',
  18: 'BADTIME: the clocks are apart',
}

function signed(packet: Packet, { key }: Zone): { readonly request: Buffer; readonly mac: Buffer } {
  const timers = Buffer.alloc(8)
  timers.writeUIntBE(Math.floor(Date.now() / 1000), 0, 6)
  timers.writeUInt16BE(fudgeSeconds, 6)
  const noError = Buffer.alloc(4)
  const mac = digest(key, encode(packet), timers, noError)
  const data = Buffer.concat([algorithm, timers, uint16(mac.length), mac, uint16(packet.id ?? 0), noError])
  const tsig = { type: 'TSIG', class: 'ANY', name: key.name, ttl: 0, data } as never
  return { request: streamEncode({ ...packet, additionals: [tsig] }), mac }
}

/** The decoded answer. Throws when it, or the server's opinion of our signature, is not as it must be. */
function verified(message: Buffer, request: Buffer, { key }: Zone): { readonly rcode: string } {
  const packet = decode(message)
  const tsig = packet.additionals?.at(-1) as { readonly type: string; readonly data: Buffer } | undefined
  if (tsig?.type !== 'TSIG') throw new Error('the server did not sign its answer')
  const data = tsig.data.subarray(algorithm.length)
  const end = 10 + data.readUInt16BE(8)
  const [timers, mac, rest] = [data.subarray(0, 8), data.subarray(10, end), data.subarray(end + 2)]
  const said = rest.readUInt16BE(0)
  if (said !== 0) throw new Error(`the server refused the signature (${errors[said] ?? said})`)
  // Signed is the message as it was before the signature was added, after the signature of the request.
  const bare = Buffer.from(message.subarray(0, -(wireName(key.name).length + 10 + tsig.data.length)))
  bare.writeUInt16BE(bare.readUInt16BE(10) - 1, 10)
  const expected = digest(key, Buffer.concat([uint16(request.length), request, bare]), timers, rest)
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
    throw new Error('the signature of the answer is wrong')
  return packet as never
}

/** RFC 8945 section 4.3.3; class ANY and TTL 0 stand between the name of the key and the algorithm. */
function digest(
  { name, secret }: Zone['key'],
  message: Buffer,
  timers: Buffer,
  errorAndOther: Buffer,
): Buffer {
  const variables = [wireName(name), Buffer.from([0, 255, 0, 0, 0, 0]), algorithm, timers, errorAndOther]
  return createHmac('sha256', secret)
    .update(Buffer.concat([message, ...variables]))
    .digest()
}

/** Without compression, in lower case: as the signature has it. */
function wireName(name: string): Buffer {
  const labels = name.toLowerCase().split('.')
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.alloc(1),
  ])
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255])
}
