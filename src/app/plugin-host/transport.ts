/* A way to talk to third-party code: lines in, lines out, and an end. */
export interface TransportEvents {
  line(text: string): void
  /** Something for the log: what the plugin wrote to its standard error, or a module to its console. */
  said(text: string): void
  /** Once, whatever the cause. */
  ended(why: string): void
}

export interface Transport {
  send(line: string): void
  /** Bytes that wait for the plugin to read them. */
  backlog(): number
  /** Bytes in use, where the host can see them; undefined once it is gone. */
  memory(): number | undefined
  /** No more input: a good plugin ends by itself. */
  finish(): void
  /** At once and for good, with everything it started; settles when it is gone. */
  kill(): Promise<void>
}

export type OpenTransport = (events: TransportEvents) => Transport
