/* Everything the plugin says in the log. */
import type { Logger } from '#core/ports.ts'

export interface L2Log {
  interfaces(names: readonly string[], subnets: readonly string[]): void
  conflict(ip: string, hardwareAddress: string, via: string): void
  engineLost(error: string): void
}

export function logTo(log: Logger): L2Log {
  return {
    interfaces: (names, subnets) =>
      log.info('interfaces that can carry addresses', { interfaces: names, subnets }),
    conflict: (ip, hardwareAddress, via) =>
      log.warn('somebody else answers for an address of ours', { ip, hardwareAddress, interface: via }),
    engineLost: (error) => log.error('the engine failed and is started again', { error }),
  }
}
