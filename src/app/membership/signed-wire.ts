/* Messages as signed datagrams: between the heartbeat engine, which knows messages, and the wire, which knows bytes. */
import { decodeMessage, encodeMessage, type Mac } from '#core/membership/codec.ts'
import type { Message } from '#core/membership/message.ts'

import type { BeatWire } from './beat-wire.ts'
import type { Keys } from './protocol.ts'

/** What carries messages. */
export interface MessageWire {
  send(message: Message, addresses: readonly string[]): void
  /** The first key signs from now on; all are believed. */
  useKeys(keys: Keys): void
  /** Reads what waits, before silence is judged. */
  drain(): void
  close(): void
}

export interface Ears {
  readonly received: (message: Message) => void
  /** A datagram that is no message under one of the keys. */
  readonly refused: (reason: string) => void
}

export interface SignedWireDeps extends Ears {
  readonly keys: Keys
  readonly macUnder: (key: Uint8Array) => Mac
  /** Throws when the port cannot be opened. */
  readonly open: (received: (bytes: Uint8Array) => void) => BeatWire
}

export function openSignedWire({ keys, macUnder, open, received, refused }: SignedWireDeps): MessageWire {
  let macs: readonly Mac[] = keys.map(macUnder)
  const wire = open((bytes) => {
    const decoded = decodeMessage(bytes, macs)
    if (decoded.ok) received(decoded.message)
    else refused(decoded.fault)
  })
  return {
    send(message, addresses) {
      const [mac] = macs
      if (mac === undefined) return
      const bytes = encodeMessage(message, mac)
      for (const address of addresses) wire.send(bytes, address)
    },
    useKeys(next) {
      macs = next.map(macUnder)
    },
    drain: () => wire.drain(),
    close: () => wire.close(),
  }
}
