/* The plan for people: each Service with its address, who announces it, and what keeps the others silent. */
import type { PlanDocument, PlannedAnnouncement, PlannedService } from './document.ts'
import { aligned, plain, type Paint } from './paint.ts'
import type { SilentNode } from './silent-nodes.ts'
import { groupBy } from '../model/collections.ts'
import type { Problem } from '../model/decisions.ts'
import { few } from '../model/wording.ts'
import { reasons } from '../reasons.ts'

/** Ends with a line feed. */
export function planText(plan: PlanDocument, paint: Paint = plain): string {
  const sections = [
    ...plan.services.map((service) => serviceLines(service, paint)),
    listed('Assumed', plan.assumptions, paint),
    problemLines('Problems', plan.problems, paint),
    [summaryOf(plan)],
  ]
  const shown = sections.filter((lines) => lines.length > 0)
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function serviceLines(service: PlannedService, paint: Paint): string[] {
  const announcements = service.announcements.map(announcementCells)
  return [
    headline(service, paint),
    ...aligned(announcements, '  '),
    ...silenceLines(service).map((line) => paint.faint(line)),
  ]
}

function headline(service: PlannedService, paint: Paint): string {
  const name = paint.strong(`${service.namespace}/${service.name}`)
  const { addresses, pool, unannounced } = service
  if (addresses.length === 0)
    return `${name}  ${paint.bad('no address')}  ${service.reason}: ${service.message}`
  const held = `${name}  ${paint.good(addresses.join(', '))}${pool === undefined ? '' : ` from ${pool}`}`
  if (unannounced === undefined) return `${held}  ${service.reason}${remarkOf(service)}`
  return `${held}  ${paint.bad('not announced')}  ${unannounced.reason}: ${unannounced.message}`
}

/** What the message says beyond the address and its pool: what is given up or lacking, or what is wrong. */
function remarkOf({ reason, message }: PlannedService): string {
  if (reason !== 'Assigned' && reason !== 'Unchanged' && reason !== 'Shared') return `: ${message}`
  const more = message.indexOf('; ')
  return more === -1 ? '' : message.slice(more)
}

function announcementCells(announcement: PlannedAnnouncement): string[] {
  const { announcer, prefix, address, nodes, advertisement } = announcement
  const where = nodes.length === 0 ? 'some node' : few(nodes, 8)
  return [announcer, prefix ?? address, where, advertisement, detailsOf(announcement)]
}

function detailsOf({ interfaces, peers, localPref, communities, options }: PlannedAnnouncement): string {
  return [
    ...(interfaces === undefined ? [] : [`on ${interfaces.join(', ')}`]),
    ...(peers === undefined ? [] : [`to ${few(peers, 8)}`]),
    ...(localPref === undefined ? [] : [`local preference ${localPref}`]),
    ...(communities === undefined ? [] : [`communities ${communities.join(', ')}`]),
    ...(options === undefined ? [] : [JSON.stringify(options)]),
  ].join('; ')
}

/** Nodes with one reason share a line; what is said at the top already is not repeated. */
function silenceLines({ silent, unannounced, addresses }: PlannedService): string[] {
  if (addresses.length === 0) return []
  const byReason = groupBy(silent, ({ reason }) => reason)
  return [...byReason].flatMap(([reason, nodes]) => {
    if (reason === unannounced?.reason) return []
    return `  silent: ${few(
      nodes.map(({ node }) => node),
      8,
    )}  ${reason}: ${silenceText(nodes)}`
  })
}

function silenceText(nodes: readonly SilentNode[]): string {
  const [first, ...others] = nodes
  if (first === undefined) return ''
  return others.every(({ message }) => message === first.message)
    ? first.message
    : reasons[first.reason].meaning
}

function listed(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint.strong(title), ...lines.map((line) => `  ${line}`)]
}

/** Nothing without problems. */
export function problemLines(title: string, problems: readonly Problem[], paint: Paint): string[] {
  const lines = problems.flatMap(({ object, field, reason, message }) => [
    [object, field, paint.bad(reason)].filter((part) => part !== '').join('  '),
    `  ${message}`,
  ])
  return listed(title, lines, paint)
}

function summaryOf({ services, problems }: PlanDocument): string {
  const addressed = services.filter(({ addresses }) => addresses.length > 0)
  const silent = addressed.filter(({ unannounced }) => unannounced !== undefined).length
  return [
    counted(services.length, 'Service'),
    `${addressed.length} with an address`,
    ...(silent === 0 ? [] : [`${silent} not announced`]),
    problems.length === 0 ? 'no problems' : counted(problems.length, 'problem'),
  ].join(', ')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
