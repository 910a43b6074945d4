/* Tells open pages that something changed (server-sent events); they ask for what they show. */
import type { ServerResponse } from 'node:http'

import type { StatusSource } from './source.ts'

/** Pages that are told; more get 503, and poll. */
const mostListeners = 32
/** Changes within this time are told together. */
const pauseBetween = 250
/** Keeps proxies and tunnels from closing a quiet connection. */
const keepAlive = 15_000

export class ChangeFeed {
  private readonly listeners = new Set<ServerResponse>()
  private readonly unsubscribe: () => void
  private readonly beat: NodeJS.Timeout
  private pause: NodeJS.Timeout | undefined

  constructor(source: StatusSource) {
    this.unsubscribe = source.onChange(() => this.changed())
    this.beat = setInterval(() => this.tell(': still here\n\n'), keepAlive)
    this.beat.unref()
  }

  add(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    if (this.listeners.size >= mostListeners) {
      response.writeHead(503, { ...headers, 'retry-after': '10' }).end()
      return
    }
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
    response.write('retry: 2000\n\n')
    this.listeners.add(response)
    response.on('close', () => this.listeners.delete(response))
  }

  close(): void {
    this.unsubscribe()
    clearInterval(this.beat)
    clearTimeout(this.pause)
    for (const response of this.listeners) response.end()
  }

  private changed(): void {
    if (this.pause !== undefined || this.listeners.size === 0) return
    this.pause = setTimeout(() => {
      this.pause = undefined
      this.tell('event: changed\ndata: {}\n\n')
    }, pauseBetween)
  }

  /** A page that does not read is dropped rather than waited for. */
  private tell(text: string): void {
    for (const response of this.listeners) {
      if (response.writableNeedDrain) response.destroy()
      else response.write(text)
    }
  }
}
