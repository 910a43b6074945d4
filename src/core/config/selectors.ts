/* The rules of label selectors, and of lists without duplicates. */
import { canonicalText } from './canonical.ts'
import type { Report } from './inspection.ts'
import { below } from '../model/field-path.ts'
import type { LabelSelector, LabelSelectorRequirement } from '../model/objects.ts'
import { oneOf, quote } from '../model/wording.ts'

/** Takes the place of a faulty selector: `In` an empty list holds for no label. */
export const nothing: LabelSelector = { matchExpressions: [{ key: 'nothing', operator: 'In', values: [] }] }

const namePart = /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/
const prefixPart = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Without duplicates, each reported; a selector that breaks the rules is reported and selects nothing. */
export function checkSelectors(
  selectors: readonly LabelSelector[] | undefined,
  path: string,
  report: Report,
): LabelSelector[] {
  return uniqueBy(selectors ?? [], canonicalText, path, report).map(([selector, index]) =>
    checkSelector(selector, below(path, index), report),
  )
}

export function checkSelector(selector: LabelSelector, path: string, report: Report): LabelSelector {
  let sound = true
  const blame: Report = (field, reason, message) => {
    sound = false
    report(field, reason, message)
  }
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    const field = below(path, 'matchLabels', key)
    checkKey(key, field, blame)
    checkValue(value, field, blame)
  }
  const expressions = below(path, 'matchExpressions')
  for (const [expression, index] of uniqueBy(
    selector.matchExpressions ?? [],
    canonicalText,
    expressions,
    report,
  )) {
    checkExpression(expression, below(expressions, index), { blame, report })
  }
  return sound ? selector : nothing
}

/** The distinct values of a list; each repetition is reported. */
export function checkUnique(values: readonly string[] | undefined, path: string, report: Report): string[] {
  return uniqueBy(values ?? [], String, path, report).map(([value]) => value)
}

function uniqueBy<Value>(
  values: readonly Value[],
  textOf: (value: Value) => string,
  path: string,
  report: Report,
): [Value, number][] {
  const seen = new Set<string>()
  const unique: [Value, number][] = []
  for (const [index, value] of values.entries()) {
    const text = textOf(value)
    if (seen.has(text)) report(below(path, index), 'DuplicateValue', duplicate(value, path))
    else unique.push([value, index])
    seen.add(text)
  }
  return unique
}

function duplicate(value: unknown, path: string): string {
  return `found ${quote(value)} again: duplicate definition of ${path}; allowed: each value once`
}

function checkExpression(
  expression: LabelSelectorRequirement,
  path: string,
  { blame, report }: { readonly blame: Report; readonly report: Report },
): void {
  const { key, operator } = expression
  checkKey(key, below(path, 'key'), blame)
  const values = checkUnique(expression.values, below(path, 'values'), report)
  for (const [index, value] of values.entries()) checkValue(value, below(path, 'values', index), blame)
  const listed = operator === 'In' || operator === 'NotIn'
  if (!listed && operator !== 'Exists' && operator !== 'DoesNotExist') {
    const allowed = oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist'])
    blame(below(path, 'operator'), 'InvalidSelector', `found ${quote(operator)}, allowed: ${allowed}`)
  } else if (listed !== values.length > 0) {
    const allowed = listed ? 'at least one value' : 'no values'
    blame(
      below(path, 'values'),
      'InvalidSelector',
      `found ${values.length} values, allowed with ${operator}: ${allowed}`,
    )
  }
}

function checkKey(key: string, field: string, blame: Report): void {
  const [name = '', prefix, ...more] = key.split('/').reverse()
  const sound = prefix === undefined || (prefix.length <= 253 && prefixPart.test(prefix))
  if (sound && more.length === 0 && namePart.test(name)) return
  const allowed =
    'a name of at most 63 letters, digits, "-", "_" and ".", with a DNS name and "/" before it if need be'
  blame(field, 'InvalidSelector', `found label key ${quote(key)}, allowed: ${allowed}`)
}

function checkValue(value: string, field: string, blame: Report): void {
  if (value === '' || namePart.test(value)) return
  const allowed = 'at most 63 letters, digits, "-", "_" and ".", first and last a letter or digit'
  blame(field, 'InvalidSelector', `found label value ${quote(value)}, allowed: ${allowed}`)
}
