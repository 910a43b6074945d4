/* Where a process listens, as users write it. */
import { InvalidArgumentError, Option, type Command } from 'commander'

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

export interface StatusPageFlags {
  readonly statusAddress: ListenAddress | 'off'
}

export function addStatusAddress(command: Command): Command {
  return command.addOption(
    new Option('--status-address <host:port>', 'where the status page and its JSON are served, or off')
      .argParser(parseListen)
      .default({ host: '127.0.0.1', port: 7474 }, '127.0.0.1:7474'),
  )
}

export function statusPageFrom({ statusAddress }: StatusPageFlags): {
  readonly statusPage?: ListenAddress
} {
  return statusAddress === 'off' ? {} : { statusPage: statusAddress }
}
