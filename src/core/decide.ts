/* decide(facts) is the obviously right form: allocate, then elect, then select, each with its reasons. */
import type { Decisions } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
export type { Decisions, Facts }
