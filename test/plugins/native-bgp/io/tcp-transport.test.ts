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

test('a connection that the kernel took before its signature was demanded is refused', async () => {
  const closed = call()
  // Node connects in the next tick, and over loopback the kernel ends the handshake at once: it waits to be accepted.
  process.nextTick(() => listener.protect(peer, signature))
  await closed
  expect(accepted).toEqual([])
})

test('once nothing is demanded any more, the same peer is accepted again', async () => {
  listener.protect(peer, signature)
  await new Promise((resolve) => setImmediate(setImmediate, resolve))
  listener.protect(peer, undefined)
  await call()
  expect(accepted).toEqual([peer])
})
