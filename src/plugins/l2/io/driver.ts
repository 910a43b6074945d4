/* The driver the configuration asks for. */
import { sharedPollLoop } from '#platform/linux/loop/poll-loop.ts'
import type { StartDriver } from '../protocol.ts'
import { startLoopDriver } from './loop-driver.ts'
import { startRawSocketDriver } from './raw-socket-driver.ts'

export const startDriver: StartDriver = (init, events) =>
  init.config.ndp === 'raw-socket'
    ? startRawSocketDriver(sharedPollLoop(), init, events)
    : startLoopDriver(sharedPollLoop(), init, events)
