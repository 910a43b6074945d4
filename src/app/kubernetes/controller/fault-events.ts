/* Warnings on objects of our own kinds, for faults that no schema could refuse: each when it appears. */
import type { Problem } from '#core/model/decisions.ts'

import type { EventSubject } from './event-recorder.ts'
import type { EventText } from './events.ts'

export interface FaultEventsDeps {
  /** `object`: `Kind namespace/name`; undefined for what is not there. */
  readonly subject: (object: string) => EventSubject | undefined
  readonly record: (subject: EventSubject, event: EventText) => void
}

export class FaultEvents {
  private readonly deps: FaultEventsDeps
  private told: ReadonlySet<string> = new Set()

  constructor(deps: FaultEventsDeps) {
    this.deps = deps
  }

  /** All faults there are; one that has gone and comes again is news again. */
  follow(problems: readonly Problem[]): void {
    const known = this.told
    this.told = new Set(problems.map((problem) => JSON.stringify(problem)))
    for (const problem of problems) {
      const subject = known.has(JSON.stringify(problem)) ? undefined : this.deps.subject(problem.object)
      if (subject !== undefined) this.deps.record(subject, eventOf(problem))
    }
  }
}

function eventOf({ field, reason, message }: Problem): EventText {
  return { type: 'Warning', reason, message: field === '' ? message : `${field}: ${message}` }
}
