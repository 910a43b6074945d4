/* Where a process listens, as users write it. */
import { InvalidArgumentError } from 'commander'

import type { ListenAddress } from '#metrics/listen.ts'

/** `HOST:PORT`, an IPv6 host in brackets; `:PORT` = every address. */
export function parseListen(text: string): ListenAddress | 'off' {
  if (text === 'off') return 'off'
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):(\d+)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('Allowed: HOST:PORT, [IPV6]:PORT, :PORT or off.')
  const host = match[1] ?? match[2]
  return { host: host === undefined || host === '' ? '::' : host, port: parsePort(match[3] ?? '') }
}

export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('Allowed: 1 to 65535.')
  return port
}
