/* Everything this plugin logs: level and message by name; what varies is in the fields. */
import { sayFrom } from '#core/ports.ts'

export const say = sayFrom({
  connected: { level: 'info', message: 'talking to FRR' },
  unreachable: { level: 'warn', message: 'cannot talk to FRR' },
  sharedRouter: {
    level: 'warn',
    message: 'sharing a BGP router with its operator, whose network statements are no longer checked',
  },
  applied: { level: 'debug', message: 'FRR took a change of its configuration' },
  commandRefused: { level: 'error', message: 'FRR refused a command' },
  established: { level: 'info', message: 'BGP session established' },
  troubled: { level: 'warn', message: 'BGP session not established' },
  contradiction: {
    level: 'warn',
    message: 'advertisements contradict each other; the first by name is used',
  },
  written: { level: 'info', message: 'wrote the configuration file for FRR' },
  notWritten: { level: 'warn', message: 'cannot write the configuration file for FRR' },
  refused: { level: 'warn', message: 'prefix held back by the safety belt' },
})
