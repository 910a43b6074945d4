/* The port to FRR's daemons: io/ implements it with unix sockets, tests in memory. */
import type { VtyReply } from './wire/vty-reply.ts'

export type DaemonName = 'bgpd' | 'bfdd'

export interface Vty {
  /** Rejects with an error whose message says what is wrong. `closed` is called once, when the daemon ends the session. */
  connect(daemon: DaemonName, closed: () => void): Promise<VtySession>
}

export interface VtySession {
  /** One reply per command, in order; rejects when the session ends first. */
  run(commands: readonly string[]): Promise<readonly VtyReply[]>
  /** `closed` is not called. */
  close(): void
}
