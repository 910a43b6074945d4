import type { ReasonCode } from '../reasons.ts'

/** A "no" with its cause: what every rule of allocation answers when it is not satisfied. */
export interface Refusal {
  readonly reason: ReasonCode
  /** One sentence that names the objects involved. */
  readonly message: string
}

/** Tells a refusal from the answer it stands in for. */
export function isRefusal(answer: object): answer is Refusal {
  return 'reason' in answer
}
