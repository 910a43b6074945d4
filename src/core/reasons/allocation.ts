import type { Reason } from './reason.ts'

export const allocationReasons = {
  Assigned: { meaning: 'A free address was taken from a pool.', remedy: 'Nothing to do.' },
} as const satisfies Record<string, Reason>
