/* Plans of moves for people. */
import { aligned, plain, type Paint } from '../plan/paint.ts'
import type { PlannedMove } from './contests.ts'
import type { DrainPlan } from './drain.ts'
import type { MovePlan } from './move.ts'

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
  return atRisk([
    ...(moves.length + withdrawals.length > 0 ? [connectionsThrough(node)] : []),
    ...(stranded.length > 0 ? [`what stays: it is lost when ${node} stops`] : []),
  ])
}

function connectionsThrough(node: string): string {
  return `established TCP connections that reach Services through ${node}: their packets will arrive at a node that does not know them`
}

function atRisk(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['at risk:', ...lines.map((line) => `  ${line}`)]
}

/** Of one Service; ends with a line feed. */
export function moveText(service: string, plan: MovePlan, paint: Paint = plain): string {
  const { moves, services, stay, silenced } = plan
  const companions = services.filter((name) => name !== service)
  const here = stay.map(({ addresses, node }) =>
    node === undefined
      ? `  ${addresses.join(', ')}: nobody may answer for it`
      : `  ${addresses.join(', ')}: stays, ${node} answers for it`,
  )
  const summary = moves.length === 0 ? 'nothing moves now' : counted(moves.length, 'move')
  const sections = [
    [`${paint.strong(service)}: ${summary}`, ...moveLines(moves), ...here],
    companions.length === 0 ? [] : [`along with it, as they share its address: ${companions.join(', ')}`],
    atRisk([
      ...[...new Set(moves.map(({ from }) => from))].map(connectionsThrough),
      ...silenced.map(({ service: name, message }) => `${name}: nobody will announce it, ${message}`),
    ]),
  ]
  const shown = sections.filter((lines) => lines.length > 0)
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

export function counted(count: number, name: string, plural = 's'): string {
  return `${count} ${name}${count === 1 ? '' : plural}`
}
