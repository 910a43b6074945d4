/* Everything this plugin logs: level and message by name; what varies is in the fields. */
import { sayFrom } from '#core/ports.ts'

export const say = sayFrom({
  listening: { level: 'info', message: 'accepting BGP connections' },
  notListening: { level: 'warn', message: 'not accepting BGP connections, only opening them' },
  stateChanged: { level: 'debug', message: 'BGP session state changed' },
  established: { level: 'info', message: 'BGP session established' },
  troubled: { level: 'warn', message: 'BGP session not established' },
  lost: { level: 'warn', message: 'BGP session lost' },
  unusable: { level: 'warn', message: 'BGPPeer makes no session' },
  unguarded: {
    level: 'warn',
    message: 'connections of the peer are refused: its password cannot be demanded',
  },
  bfdUp: { level: 'info', message: 'BFD session up' },
  bfdDown: { level: 'warn', message: 'BFD session down' },
  bfdUnavailable: { level: 'warn', message: 'BFD session cannot run' },
  removed: { level: 'info', message: 'BGP peer removed' },
  faultyUpdate: { level: 'warn', message: 'received an UPDATE with faulty attributes' },
  contradiction: {
    level: 'warn',
    message: 'advertisements contradict each other; the first by name is used',
  },
  refused: { level: 'warn', message: 'prefix held back by the safety belt' },
})
