/*
 * The port to TCP: io/ implements it with sockets, tests in memory. Connections deliver events only after `start`,
 * and `closed` exactly once.
 */
import type { Address } from '#core/model/address.ts'

import type { Signature } from './signature.ts'

export interface Transport {
  /** The attempt's outcome is an event: `connected` or `closed`. */
  connect(options: ConnectOptions): Connection
  /** Rejects with an error whose message says why the port cannot be listened on. */
  listen(port: number, accept: (connection: IncomingConnection) => void): Promise<Listener>
}

export interface ConnectOptions {
  readonly address: Address
  /** The link of a link-local address. */
  readonly interface?: string
  readonly port: number
  readonly sourceAddress?: Address
  readonly signature?: Signature
  /** Segments that arrive with a lower TTL are dropped, and ours leave with 255 (RFC 5082). */
  readonly minTtl?: number
}

export interface Connection {
  start(events: ConnectionEvents): void
  /** False: the connection is slow; `drained` says when to go on. */
  write(bytes: Uint8Array): boolean
  /** Signs by TCP-MD5 with this password from now on; false: not possible, the connection stays as it is. */
  rekey(peer: Address, password: Uint8Array): boolean
  /** As `ConnectOptions.minTtl`, for a connection the peer opened. */
  demandTtl(minTtl: number): void
  /** Sends what was written, then closes; a peer that does not read cannot hold this up for long. */
  end(): void
}

export interface IncomingConnection extends Connection {
  readonly remote: Address
  /** The link of a link-local address. */
  readonly interface?: string
}

export interface ConnectionEvents {
  connected(ends: ConnectionEnds): void
  data(bytes: Uint8Array): void
  drained(): void
  /** `code`: the system's error name; `END` when the peer closed in good order. */
  closed(code: string, detail: string): void
}

export interface ConnectionEnds {
  readonly local: Address
  /** Addresses of the interface that has the local one, which included; link-local ones left out. */
  readonly interfaceAddresses: readonly Address[]
}

export interface Listener {
  /** Connections from `address` must be signed like this; undefined = need not be signed any more. */
  protect(address: Address, signature: Signature | undefined): void
  close(): Promise<void>
}
