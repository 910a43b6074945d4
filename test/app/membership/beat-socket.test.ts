import { createSocket } from 'node:dgram'

import { describe, expect, it } from 'vitest'

import { eventually } from '../eventually.ts'

import { openBeatSocket } from '#app/membership/beat-socket.ts'

async function taken() {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, resolve))
  return socket
}

async function freePort(): Promise<number> {
  const socket = await taken()
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}

describe('beat socket', () => {
  it('carries datagrams over IPv4 and IPv6 on one port', async () => {
    const got: string[] = []
    const socket = await openBeatSocket({
      port: await freePort(),
      received: (message) => got.push(Buffer.from(message).toString()),
    })
    await socket.send(Buffer.from('four'), '127.0.0.1')
    await socket.send(Buffer.from('six'), '::1')
    await eventually(() => expect(got.sort()).toEqual(['four', 'six']))
    socket.close()
  })

  it('does not mind a peer that cannot be reached', async () => {
    const socket = await openBeatSocket({ port: await freePort(), received: () => {} })
    await socket.send(Buffer.from('x'), '255.255.255.255')
    await socket.send(Buffer.from('x'), 'no address at all')
    socket.close()
  })

  it('rejects when the port is taken', async () => {
    const other = await taken()
    const port = other.address().port
    await expect(openBeatSocket({ port, received: () => {} })).rejects.toThrow('EADDRINUSE')
    other.close()
  })
})
