/* Where controller and speaker serve their metrics and probes; the flags with a port alone are MetalLB's. */
import { Option, type Command } from 'commander'

import type { ListenAddress } from '#metrics/listen.ts'

import { parseListen, parsePort } from './listen-address.ts'

export interface EndpointFlags {
  readonly metricsAddress: ListenAddress | 'off'
  readonly port?: number
  readonly healthProbePort?: number
}

/** `probes`: the host that the second endpoint has. */
export function addEndpoints(command: Command, { probes }: { readonly probes: string }): Command {
  const metrics = 'where /metrics, /healthz and /readyz are served, or off'
  const again = `the same endpoint once more, in the clear, ${probes === '::' ? 'on every address' : `on ${probes}`}`
  return command
    .addOption(
      new Option('--metrics-address <host:port>', metrics)
        .argParser(parseListen)
        .default({ host: '::', port: 7472 }, ':7472'),
    )
    .addOption(new Option('--port <port>', 'the same, on every address; 0 = off').argParser(parsePortOrNone))
    .addOption(new Option('--health-probe-port <port>', again).argParser(parsePort))
}

export function metricsAt({ metricsAddress: address, port }: EndpointFlags): {
  readonly metrics?: ListenAddress
} {
  if (port !== undefined) return port === 0 ? {} : { metrics: { host: '::', port } }
  return address === 'off' ? {} : { metrics: address }
}

export function probesAt(
  { healthProbePort: port }: EndpointFlags,
  host: string,
): { readonly probes?: ListenAddress } {
  return port === undefined ? {} : { probes: { host, port } }
}

function parsePortOrNone(text: string): number {
  return text === '0' ? 0 : parsePort(text)
}
