/* Everything this plugin logs: level and message by name; what varies is in the fields. */
import type { LogFields, Logger } from '#core/ports.ts'

const lines = {
  connected: { level: 'info', message: 'connected to gobgpd' },
  unreachable: { level: 'warn', message: 'gobgpd is unreachable; trying again' },
  started: { level: 'info', message: 'started BGP on gobgpd' },
  synced: { level: 'debug', message: 'told gobgpd' },
  syncFailed: { level: 'warn', message: 'gobgpd did not take everything; trying again' },
  stateChanged: { level: 'debug', message: 'BGP session state changed' },
  established: { level: 'info', message: 'BGP session established' },
  lost: { level: 'warn', message: 'BGP session lost' },
  troubled: { level: 'warn', message: 'BGP session not possible' },
  removed: { level: 'info', message: 'BGP peer removed' },
  contradiction: {
    level: 'warn',
    message: 'advertisements contradict each other; the first by name is used',
  },
  refused: { level: 'warn', message: 'prefix held back by the safety belt' },
} as const satisfies Record<string, { level: 'debug' | 'info' | 'warn'; message: string }>

export type LogLine = keyof typeof lines

export function say(log: Logger, line: LogLine, fields: LogFields): void {
  const { level, message } = lines[line]
  log[level](message, fields)
}
