/*
 * A BGP peer that does one thing wrong, for bgp-peers.test.ts: `MODE PORT`. It listens (or calls), is AS 7675, and
 * prints what happens to it.
 */
import { connect, createServer, type Socket } from 'node:net'

import { parsePrefix, type Prefix } from '#core/bgp/prefix.ts'
import type { Address } from '#core/model/address.ts'
import { openFor, type LocalSide } from '#plugins/native-bgp/fsm/negotiate.ts'
import { Framer } from '#plugins/native-bgp/wire/framer.ts'
import { decodeFrame, encodeMessage } from '#plugins/native-bgp/wire/header.ts'
import { headerLength, messageType } from '#plugins/native-bgp/wire/iana.ts'
import { decode, encode, type Message } from '#plugins/native-bgp/wire/message.ts'
import { attribute } from '#plugins/native-bgp/wire/path-attributes.ts'

import { bgpTargets } from '../fuzz/bgp-targets.ts'
import { mutated } from '../fuzz/mutate.ts'
import { Random } from '../fuzz/random.ts'
import { sessionVerdict } from '../fuzz/update-oracle.ts'

const [mode = '', port = '0'] = process.argv.slice(2)
const side: LocalSide = {
  as: 7675,
  remoteAs: 7776,
  identifier: '172.16.1.1' as Address,
  holdTime: mode === 'deaf' ? 240 : 9,
  restart: { time: 60, restarted: false },
}
const context = { fourOctetAs: true, internal: false }
let connections = 0

if (mode === 'caller') serve(connect({ host: '172.16.1.11', port: Number(port), localAddress: '172.16.1.1' }))
else createServer(serve).listen(Number(port), '172.16.1.1', () => console.log('ready'))

function serve(socket: Socket): void {
  const number = ++connections
  const framer = new Framer()
  const say = sender(socket)
  let beating: NodeJS.Timeout | undefined
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.on('close', () => {
    clearInterval(beating)
    console.log(`closed ${number}`)
  })
  say(hello())
  socket.on('data', (bytes) => {
    for (const frame of framer.push(bytes)) {
      if (frame.kind !== 'frame') return
      const message = decode(frame, context)
      if (message.type === 'open') say(encode({ type: 'keepalive' }, context))
      if (message.type === 'notification') console.log(`notified ${JSON.stringify(message.notification)}`)
      if (
        message.type === 'update' &&
        message.verdict.action === 'accept' &&
        message.verdict.update.nlri.length > 0
      )
        console.log(`learnt ${number}`)
      if (message.type === 'keepalive' && beating === undefined) {
        console.log(`established ${number}`)
        beating = setInterval(() => say(encode({ type: 'keepalive' }, context)), mode === 'deaf' ? 100 : 1000)
        established(socket, say)
      }
    }
  })
}

function established(socket: Socket, say: (bytes: Uint8Array) => void): void {
  // It goes on talking.
  if (mode === 'deaf') socket.pause()
  if (mode === 'flapping') setTimeout(() => socket.destroy(), 20)
  if (mode === 'flood') {
    for (let block = 0; block < 500; block++) say(encode(routes(block), context))
    say(encode({ type: 'keepalive' }, context))
    console.log('flooded')
  }
  if (mode === 'fuzzer') {
    for (const bytes of nearlyRight(3000)) say(bytes)
    console.log('fuzzed')
  }
}

/** Two hundred routes that share an AS path of their own. */
function routes(block: number): Message {
  const nlri = Array.from(
    { length: 200 },
    (_, i) => parsePrefix(`${20 + (block >> 8)}.${block & 255}.${i}.0/24`) as Prefix,
  )
  const path = [{ type: 2, numbers: [7675, 64_000 + block] }]
  const attributes = [
    attribute('origin', 0),
    attribute('asPath', path),
    attribute('nextHop', '172.16.1.1' as Address),
  ]
  return { type: 'update', update: { withdrawn: [], attributes, nlri } }
}

/** UPDATEs that no session should end for. */
function* nearlyRight(count: number): Iterable<Uint8Array> {
  const target = bgpTargets.find(({ name }) => name === 'BGP path attributes')
  for (let index = 0, found = 0; found < count; index++) {
    const { bytes } = mutated(new Random(7606, index), target?.corpus ?? [])
    const body = Uint8Array.of(0, 0, bytes.length >>> 8, bytes.length, ...bytes, 24, 192, 0, 2)
    if (body.length > 4000 || sessionVerdict(body) !== 'never') continue
    found++
    yield encodeMessage(messageType.update, (writer) => writer.bytes(body))
  }
}

function hello(): Uint8Array {
  const bytes = encode({ type: 'open', open: openFor(side) }, context)
  if (mode !== 'strange') return bytes
  const frame = decodeFrame(bytes)
  if (frame.kind !== 'frame') throw new Error('no OPEN')
  // Nobody's, empty; EVPN; four-octet AS and graceful restart of a wrong length; multiprotocol twice; four-octet AS.
  const strange = [
    [200, 0],
    [1, 4, 0, 25, 0, 70],
    [65, 2, 1, 2],
    [64, 3, 1, 2, 3],
    [1, 4, 0, 1, 0, 1],
    [1, 4, 0, 1, 0, 1],
    [65, 4, 0, 0, 0x1d, 0xfb],
  ].flat()
  return encodeMessage(messageType.open, (writer) =>
    writer
      .bytes(bytes.subarray(headerLength, headerLength + 9))
      .u8(strange.length + 2)
      .u8(2)
      .u8(strange.length)
      .bytes(Uint8Array.from(strange)),
  )
}

/** One octet per segment where that is what is wrong. */
function sender(socket: Socket): (bytes: Uint8Array) => void {
  if (mode !== 'octets') return (bytes) => void socket.write(bytes)
  const queue: number[] = []
  const next = (): void => {
    const octet = queue.shift()
    if (octet !== undefined && !socket.destroyed)
      socket.write(Uint8Array.of(octet), () => setTimeout(next, 1))
  }
  return (bytes) => {
    const idle = queue.length === 0
    queue.push(...bytes)
    if (idle) next()
  }
}
