import type { Clock } from '#core/ports.ts'

import type { Network } from '../announcer.ts'
import { loopBfdService } from './bfd-service.ts'
import { loopRouterDiscovery } from './router-discovery.ts'
import { tcpTransport } from './tcp-transport.ts'

/** The real network: TCP by the kernel, BFD and router discovery in the poll loop. */
export function network(clock: Clock): Network {
  return {
    transport: tcpTransport(clock),
    bfd: loopBfdService(clock),
    discovery: loopRouterDiscovery(clock),
  }
}
