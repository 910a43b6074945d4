import { createSocket } from 'node:dgram'

import { describe, expect, it } from 'vitest'

import { openBeatWire, type BeatWire } from '#app/membership/beat-wire.ts'
import { eventually } from '../eventually.ts'
import { freePort } from '../free-port.ts'

async function taken() {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, resolve))
  return socket
}

function open(port: number, received: (message: Uint8Array) => void = () => {}): BeatWire {
  return openBeatWire({ port, watch: () => () => {}, received })
}

describe('the beat wire', () => {
  it('carries datagrams over IPv4 and IPv6 on one port', async () => {
    const got: string[] = []
    const wire = open(await freePort(), (message) => got.push(Buffer.from(message).toString()))
    wire.send(Buffer.from('four'), '127.0.0.1')
    wire.send(Buffer.from('six'), '::1')
    await eventually(() => {
      wire.drain()
      expect(got.sort()).toEqual(['four', 'six'])
    })
    wire.close()
  })

  it('does not mind a peer that cannot be reached', async () => {
    const wire = open(await freePort())
    wire.send(Buffer.from('x'), '255.255.255.255')
    wire.send(Buffer.from('x'), '2001:db8::1')
    wire.close()
  })

  it('cannot be opened when the port is taken', async () => {
    const other = await taken()
    expect(() => open(other.address().port)).toThrow('EADDRINUSE')
    other.close()
  })
})
