import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { systemClock } from '#app/system.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { tcpTransport } from '#plugins/native-bgp/io/tcp-transport.ts'
import type { Listener } from '#plugins/native-bgp/transport.ts'

const peer = parseAddress('127.0.0.1') as Address
const signature = { key: new TextEncoder().encode('a-password') }

let port: number
let listener: Listener
let accepted: Address[]

beforeEach(async () => {
  port = await freePort()
  accepted = []
  listener = await tcpTransport(systemClock).listen(port, (connection) => {
    accepted.push(connection.remote)
    connection.start({ connected: () => {}, data: () => {}, drained: () => {}, closed: () => {} })
    connection.end()
  })
})
afterEach(() => listener.close())

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port: free } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return free
}

/** Resolves once the socket is closed, however that came. */
function call(): Promise<unknown> {
  const socket = connect(port, peer)
  socket.on('error', () => {})
  socket.resume()
  return once(socket, 'close')
}

test('connections that the kernel took before their signature was demanded are refused, however many', async () => {
  const closed = Array.from({ length: 6 }, call)
  // Node connects in the next tick, and over loopback the kernel ends the handshake at once: they wait to be accepted.
  process.nextTick(() => listener.protect(peer, signature))
  await Promise.all(closed)
  expect(accepted).toEqual([])
})

test('those of a peer of which nothing is demanded are accepted meanwhile', async () => {
  const closed = call()
  process.nextTick(() => listener.protect(parseAddress('127.0.0.9') as Address, signature))
  await closed
  expect(accepted).toEqual([peer])
})

test('once nothing is demanded any more, the same peer is accepted again', async () => {
  listener.protect(peer, signature)
  listener.protect(peer, undefined)
  await call()
  expect(accepted).toEqual([peer])
})
