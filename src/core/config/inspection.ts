/* Where the rules write down what they find. */
import type { Problem } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import { refOf, type ConfigObject } from '../model/objects.ts'
import type { ReasonCode } from '../reasons.ts'

/** The facts besides our own kinds that the rules look at; what is absent is not checked, and an assumption says so. */
export type ConfigContext = Pick<
  Facts,
  'settings' | 'nodes' | 'namespaces' | 'secrets' | 'digest' | 'refused'
>

/** What is wrong with one field, and what is allowed. */
export type Report = (field: string, reason: ReasonCode, message: string) => void

/** The faults of one object, and whether it can be used in spite of them. */
export interface Examination {
  /** `Kind namespace/name`. */
  readonly ref: string
  /** A fault the object survives: the faulty part is not used. */
  readonly report: Report
  /** A fault that leaves the whole object out. */
  readonly refuse: Report
  readonly refused: () => boolean
  /** Has a fault of this field been found already? */
  readonly blames: (field: string) => boolean
}

export interface Inspection {
  readonly context: ConfigContext
  readonly problems: Problem[]
  readonly assumptions: Set<string>
  examine(object: ConfigObject): Examination
}

export function inspect(context: ConfigContext): Inspection {
  const problems: Problem[] = []
  const refused = new Set<string>()
  function examine(object: ConfigObject): Examination {
    const ref = refOf(object)
    const fields = new Set<string>()
    const report: Report = (field, reason, message) => {
      fields.add(field)
      problems.push({ object: ref, field, reason, message })
    }
    const refuse: Report = (...fault) => {
      refused.add(ref)
      report(...fault)
    }
    return { ref, report, refuse, refused: () => refused.has(ref), blames: (field) => fields.has(field) }
  }
  return { context, problems, assumptions: new Set(), examine }
}
