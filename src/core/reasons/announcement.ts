import type { Reason } from './reason.ts'

export const announcementReasons = {} as const satisfies Record<string, Reason>
