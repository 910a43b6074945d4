/* The npm package raw-socket, loaded if it is there; as much of it as is used. */
import { createRequire } from 'node:module'
import { versions } from 'node:process'

import { messageOf } from '#core/errors.ts'

import { RawSocketMissing } from '../errors.ts'

export interface RawSocketModule {
  readonly AddressFamily: { readonly IPv6: number }
  readonly Protocol: { readonly ICMPv6: number }
  createSocket(options: { readonly addressFamily: number; readonly protocol: number }): RawSocket
}

export interface RawSocket {
  on(event: 'message', listener: (message: Uint8Array, source: string) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  setOption(level: number, option: number, value: Uint8Array, length: number): void
  setOption(level: number, option: number, value: number): void
  close(): this
  /**
   * The native socket. Its `send` is one sendto(2), now; the package's own `send` waits for the event loop, and a
   * fence could close meanwhile.
   */
  readonly wrap: {
    send(buffer: Uint8Array, offset: number, length: number, address: string, sent: () => void): void
  }
}

/** Looked for from the module at `from`. Throws a RawSocketMissing that says what to do. */
export function loadRawSocket(from: string = import.meta.url): RawSocketModule {
  try {
    return createRequire(from)('raw-socket') as RawSocketModule
  } catch (error) {
    throw new RawSocketMissing(withoutRequireStack(messageOf(error)), versions.node)
  }
}

/** Node says over several lines that a binary was made for another Node, and lists who asked for a package that is not there. */
function withoutRequireStack(message: string): string {
  const [said = ''] = message.split('\nRequire stack:')
  return said.replaceAll('\n', ' ')
}
