/* What would be different with Herald: the decisions on a cluster against what its objects say now. */
import { compareText } from '#core/model/collections.ts'
import type { Decisions } from '#core/model/decisions.ts'
import type { ServiceObject } from '#core/model/objects.ts'

export interface Difference {
  /** `namespace/name`. */
  readonly service: string
  /** `address`: it would have another, or none. `node`: another node would answer for it. */
  readonly what: 'address' | 'node'
  readonly before: string
  readonly after: string
  /** Why, where the decisions say. */
  readonly message?: string
}

/** `answering`: the node that answers by L2 now, by Service, from the ServiceL2Statuses. */
export function differences(
  services: readonly ServiceObject[],
  decisions: Decisions,
  answering: ReadonlyMap<string, string>,
): Difference[] {
  return [...addressDifferences(services, decisions), ...nodeDifferences(decisions, answering)].sort(
    (a, b) => compareText(a.service, b.service) || compareText(a.what, b.what),
  )
}

function addressDifferences(services: readonly ServiceObject[], { assignments }: Decisions): Difference[] {
  const decided = new Map(assignments.map((assignment) => [assignment.service, assignment]))
  return services.flatMap(({ metadata: { namespace = 'default', name }, status }) => {
    const service = `${namespace}/${name}`
    const assignment = decided.get(service)
    const now = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
    // Without an address there is none to lose, and what is not ours stays as it is.
    if (assignment === undefined || now.length === 0) return []
    const kept =
      now.length === assignment.addresses.length &&
      now.every((ip) => assignment.addresses.some((one) => one === ip))
    const then = assignment.addresses.join(', ')
    return kept
      ? []
      : [
          {
            service,
            what: 'address',
            before: now.join(', '),
            after: then === '' ? 'none' : then,
            message: assignment.message,
          },
        ]
  })
}

function nodeDifferences({ elections }: Decisions, answering: ReadonlyMap<string, string>): Difference[] {
  const seen = new Set<string>()
  return elections.flatMap(({ service, winner, message }) => {
    const now = answering.get(service)
    if (now === undefined || now === winner || seen.has(service)) return []
    seen.add(service)
    return [{ service, what: 'node', before: now, after: winner ?? 'nobody', message }]
  })
}

/** An address that would change stops an adoption; another node does not. */
export function isHarmful({ what }: Difference): boolean {
  return what === 'address'
}

export function differencesText(found: readonly Difference[]): string {
  if (found.length === 0)
    return 'Nothing would differ: every Service keeps its addresses, and the nodes that answer.\n'
  const lines = found.map(({ service, what, before, after, message }) => {
    const change =
      what === 'address'
        ? `has ${before}, would have ${after}`
        : `is answered for by ${before}, would be by ${after}`
    return `${service} ${change}${message === undefined ? '' : ` (${message})`}`
  })
  return `${lines.join('\n')}\n`
}
