import type { Reason } from './reason.ts'

export const validationReasons = {} as const satisfies Record<string, Reason>
