/* The findings for people: faults last, where the eye is when the command ends. */
import type { Finding } from './finding.ts'
import type { Paint } from '#core/plan/paint.ts'

const order = ['ok', 'unknown', 'warning', 'fault'] as const

export function reportText(findings: readonly Finding[], paint: Paint): string {
  const colours = { ok: paint.good, unknown: paint.faint, warning: paint.strong, fault: paint.bad }
  const width = Math.max(...order.map((verdict) => verdict.length))
  const lines = order.flatMap((verdict) =>
    findings
      .filter((finding) => finding.verdict === verdict)
      .flatMap(({ check, message, remedy }) => [
        `${colours[verdict](verdict.padEnd(width))}  ${check}: ${message}`,
        ...(remedy === undefined ? [] : [`${' '.repeat(width)}  remedy: ${remedy}`]),
      ]),
  )
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  const sum = `${findings.length} checks: ${count('fault')} faults, ${count('warning')} warnings, ${count('unknown')} not known`
  return `${[...lines, '', sum].join('\n')}\n`
}
