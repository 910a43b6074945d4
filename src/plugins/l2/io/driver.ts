/* The driver the configuration asks for. */
import { sharedPollLoop } from '#platform/linux/loop/poll-loop.ts'
import type { StartDriver } from '../protocol.ts'
import { startLoopDriver } from './loop-driver.ts'

export const startDriver: StartDriver = (init, events) => startLoopDriver(sharedPollLoop(), init, events)
