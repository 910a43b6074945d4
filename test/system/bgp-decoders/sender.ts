/* One BGP session to a router, for UPDATEs made by hand; a session that was ended begins anew when it is needed. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import type { Address } from '#core/model/address.ts'
import { until } from '#lab/index.ts'
import { openFor } from '#plugins/native-bgp/fsm/negotiate.ts'
import { Framer } from '#plugins/native-bgp/wire/framer.ts'
import { encodeMessage } from '#plugins/native-bgp/wire/header.ts'
import { messageType } from '#plugins/native-bgp/wire/iana.ts'
import { decode, encode } from '#plugins/native-bgp/wire/message.ts'
import type { Open } from '#plugins/native-bgp/wire/open.ts'

import { senderAs } from './corpus.ts'

const context = { fourOctetAs: true, internal: false }

export class Sender {
  readonly #router: string
  readonly #more: Open['parameters']
  /** What the router wrote first: its OPEN, header and all. */
  opening: Uint8Array | undefined
  #socket: Socket | undefined
  #established = false

  /** `more`: optional parameters of our OPEN beside the usual ones. */
  constructor(router: string, more: Open['parameters'] = []) {
    this.#router = router
    this.#more = more
  }

  get established(): boolean {
    return this.#established
  }

  /** Bodies of UPDATEs, one after the other. */
  async send(...bodies: readonly Uint8Array[]): Promise<void> {
    if (!this.#established)
      await until(`a session with ${this.#router}`, () => this.#attempt(), { interval: 200 })
    for (const body of bodies) {
      this.#socket?.write(encodeMessage(messageType.update, (writer) => writer.bytes(body)))
    }
  }

  close(): void {
    this.#socket?.destroy()
  }

  async #attempt(): Promise<boolean> {
    const socket = connect({ host: this.#router, port: 179 })
    this.#socket = socket
    const over = once(socket, 'close').catch(() => {})
    socket.on('error', () => {})
    socket.on('close', () => {
      if (this.#socket === socket) this.#established = false
    })
    socket.once('connect', () => socket.write(this.#hello()))
    const framer = new Framer()
    const agreed = new Promise<void>((resolve) => {
      socket.on('data', (bytes) => {
        this.opening ??= bytes
        for (const frame of framer.push(bytes)) {
          if (frame.kind !== 'frame') return
          const { type } = decode(frame, context)
          if (type === 'open' || type === 'keepalive') socket.write(encode({ type: 'keepalive' }, context))
          if (type === 'keepalive') resolve()
        }
      })
    })
    const outcome = await Promise.race([agreed.then(() => true), over.then(() => false)])
    this.#established = outcome
    return outcome
  }

  #hello(): Uint8Array {
    const open = openFor(side)
    return encode(
      { type: 'open', open: { ...open, parameters: [...open.parameters, ...this.#more] } },
      context,
    )
  }
}

const side = {
  as: senderAs,
  remoteAs: 'external',
  identifier: '192.0.2.10' as Address,
  holdTime: 90,
  families: ['IPv4'],
} as const
