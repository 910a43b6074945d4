/* Wishes for nodes that there are not: they count for nothing, and whoever wrote them should know. */
import type { Assignment, Problem } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import { below } from '../model/field-path.ts'
import { nameOf, refOf } from '../model/objects.ts'
import { didYouMean, few, quote } from '../model/wording.ts'
import { moveAnnotation, moveOf } from './wishes.ts'

/** `assignments`: of the Services that are ours; nobody reads the annotations of the others. */
export function unknownNodeProblems(
  { services, nodes }: Pick<Facts, 'services' | 'nodes'>,
  assignments: readonly Assignment[],
): Problem[] {
  const wishing = services.filter(({ metadata }) => moveOf(metadata) !== undefined)
  if (wishing.length === 0 || nodes === undefined) return []
  const names = nodes.map(({ metadata }) => metadata.name).toSorted()
  const ours = new Set(assignments.map(({ service }) => service))
  return wishing.flatMap((service): Problem[] => {
    const node = moveOf(service.metadata) ?? ''
    if (names.includes(node) || !ours.has(nameOf(service))) return []
    return [
      {
        object: refOf(service),
        field: below('metadata.annotations', moveAnnotation),
        reason: 'UnknownNode',
        message: `found no Node ${quote(node)}, allowed: ${
          few(names, 12) || 'none'
        }${didYouMean(node, names)}`,
      },
    ]
  })
}
