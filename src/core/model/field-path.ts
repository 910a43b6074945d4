/*
 * Paths to a field below an object, as problems print them: `spec.addresses[0]`,
 * `spec.nodeSelectors[1].matchLabels["kubernetes.io/hostname"]`.
 */
import { compareText } from './collections.ts'

export type FieldStep = string | number

const plainName = /^[A-Za-z_][\w-]*$/

/** The path of `step` below `parent`; an empty parent is the object itself. */
export function below(parent: string, ...steps: readonly FieldStep[]): string {
  return steps.reduce<string>(append, parent)
}

/** The steps of a path that `below` made, for finding its place in a source file. */
export function stepsOf(path: string): FieldStep[] {
  const steps: FieldStep[] = []
  for (const [token, name, index] of path.matchAll(/([A-Za-z_][\w-]*)|\[(\d+)\]|\["(?:[^"\\]|\\.)*"\]/g)) {
    if (name !== undefined) steps.push(name)
    else if (index !== undefined) steps.push(Number(index))
    else steps.push(JSON.parse(token.slice(1, -1)) as string)
  }
  return steps
}

/** In the order of a person: the twelfth item after the second. */
export function comparePaths(a: string, b: string): number {
  const [x, y] = [stepsOf(a), stepsOf(b)]
  for (const [index, step] of x.entries()) {
    const other = y[index]
    if (other === undefined) return 1
    if (step === other) continue
    if (typeof step === 'number' && typeof other === 'number') return step - other
    return compareText(String(step), String(other))
  }
  return x.length - y.length
}

function append(parent: string, step: FieldStep): string {
  if (typeof step === 'number') return `${parent}[${step}]`
  if (!plainName.test(step)) return `${parent}[${JSON.stringify(step)}]`
  return parent === '' ? step : `${parent}.${step}`
}
