/* Everything this plugin logs: level and message by name; what varies is in the fields. */
import { sayFrom } from '#core/ports.ts'

export const say = sayFrom({
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
})
