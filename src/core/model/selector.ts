/* Label selectors, as the Kubernetes API defines them. */
import type { LabelSelector, LabelSelectorRequirement } from './objects.ts'

export type LabelMap = Readonly<Record<string, string>>

/** An empty selector selects everything. */
export function selects(selector: LabelSelector, labels: LabelMap): boolean {
  const exact = Object.entries(selector.matchLabels ?? {})
  if (!exact.every(([key, value]) => labels[key] === value)) return false
  return (selector.matchExpressions ?? []).every((expression) => holds(expression, labels))
}

/** For lists of alternatives where an empty list means no restriction. */
export function selectsAny(selectors: readonly LabelSelector[], labels: LabelMap): boolean {
  return selectors.length === 0 || selectors.some((selector) => selects(selector, labels))
}

function holds(expression: LabelSelectorRequirement, labels: LabelMap): boolean {
  const found = Object.hasOwn(labels, expression.key) ? labels[expression.key] : undefined
  const values = expression.values ?? []
  switch (expression.operator) {
    case 'In':
      return found !== undefined && values.includes(found)
    case 'NotIn':
      // An absent label is not in any list.
      return found === undefined || !values.includes(found)
    case 'Exists':
      return found !== undefined
    case 'DoesNotExist':
      return found === undefined
    default:
      return false
  }
}
