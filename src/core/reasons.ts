/*
 * The closed list of reasons: every assignment, refusal, silence and problem carries one of these codes.
 * docs/reasons.md is generated from this table.
 */
import { allocationReasons } from './reasons/allocation.ts'
import { announcementReasons } from './reasons/announcement.ts'
import { operationReasons } from './reasons/operation.ts'
import { readingReasons } from './reasons/reading.ts'
import { validationReasons } from './reasons/validation.ts'

export const reasons = {
  ...allocationReasons,
  ...announcementReasons,
  ...operationReasons,
  ...readingReasons,
  ...validationReasons,
} as const

export type ReasonCode = keyof typeof reasons
