/* The page of a process whose work is another: if it cannot be served, that is said, and the work goes on. */
import { messageOf } from '#core/errors.ts'
import type { Logger } from '#core/ports.ts'
import type { ListenAddress } from '#metrics/listen.ts'

import type { StatusServer } from './status-server.ts'

export interface StatusEndpoint {
  readonly server: StatusServer
  readonly address: ListenAddress
}

/** Undefined when it cannot be served, which the log explains. */
export async function servePage(
  { server, address }: StatusEndpoint,
  log: Logger,
): Promise<ListenAddress | undefined> {
  try {
    return await server.listen(address)
  } catch (cause) {
    log.warn('no status page', { cause: messageOf(cause) })
    return undefined
  }
}
