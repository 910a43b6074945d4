/* Plans of moves for people. */
import { aligned, plain, type Paint } from '../plan/paint.ts'
import type { PlannedMove } from './contests.ts'
import type { DrainPlan } from './drain.ts'

/** Ends with a line feed. */
export function drainText(node: string, plan: DrainPlan, paint: Paint = plain): string {
  const { moves, withdrawals, stranded } = plan
  const sections = [
    [`${paint.strong(node)}: ${summaryOf(plan)}`],
    moveLines(moves),
    section(
      `stay on ${node}, as no other node may announce them:`,
      stranded.map(({ addresses, services, message }) => [
        addresses.join(', '),
        services.join(', '),
        message,
      ]),
    ).map(paint.bad),
    section(
      'withdrawn, as other nodes announce them too:',
      withdrawals.map(({ addresses, services, announcer, remaining }) => [
        addresses.join(', '),
        services.join(', '),
        `${announcer} on ${remaining.join(', ')}`,
      ]),
    ),
    risks(node, plan),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** In the order to carry them out, numbered. */
export function moveLines(moves: readonly PlannedMove[]): string[] {
  const width = String(moves.length).length
  return aligned(
    moves.map(({ addresses, services, from, to }, index) => [
      `${String(index + 1).padStart(width)}.`,
      addresses.join(', '),
      services.join(', '),
      `${from} -> ${to}`,
    ]),
    '  ',
  )
}

function summaryOf({ moves, withdrawals, stranded }: DrainPlan): string {
  const parts = [
    ...(moves.length > 0 ? [counted(moves.length, 'move')] : []),
    ...(withdrawals.length > 0 ? [`${counted(withdrawals.length, 'route')} to withdraw`] : []),
    ...(stranded.length > 0 ? [`${counted(stranded.length, 'address', 'es')} that must stay`] : []),
  ]
  return parts.length === 0 ? 'announces nothing, there is nothing to move' : parts.join(', ')
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [title, ...aligned(rows, '  ')]
}

function risks(node: string, { moves, withdrawals, stranded }: DrainPlan): string[] {
  const lines = [
    ...(moves.length + withdrawals.length > 0
      ? [
          `established TCP connections that reach Services through ${node}: their packets will arrive at a node that does not know them`,
        ]
      : []),
    ...(stranded.length > 0 ? [`what stays: it is lost when ${node} stops`] : []),
  ]
  return lines.length === 0 ? [] : ['at risk:', ...lines.map((line) => `  ${line}`)]
}

export function counted(count: number, name: string, plural = 's'): string {
  return `${count} ${name}${count === 1 ? '' : plural}`
}
