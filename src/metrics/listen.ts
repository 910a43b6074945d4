/* Where an HTTP server listens. */
import type { Server } from 'node:http'

export interface ListenAddress {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

/**
 * Settles with the address it listens on. Rejects when it cannot, naming the flag that chose the address and the
 * cause of the operating system.
 */
export async function listenOn(server: Server, address: ListenAddress, flag: string): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    const refused = (cause: Error): void => reject(new Error(`${flag}: ${cause.message}`, { cause }))
    server.once('error', refused)
    server.listen(address.port, address.host, () => {
      server.off('error', refused)
      resolve()
    })
  })
  const bound = server.address()
  return bound !== null && typeof bound === 'object' ? { host: bound.address, port: bound.port } : address
}
