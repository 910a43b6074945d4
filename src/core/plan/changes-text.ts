/* What-if for people: what would change, and nothing else. */
import type { AnnouncementChange, ServiceChange } from './changes.ts'
import { aligned, plain, type Paint } from './paint.ts'
import { problemLines } from './text.ts'
import type { Problem } from '../model/decisions.ts'
import { few } from '../model/wording.ts'

/** `problems`: those that the change brings with it. Ends with a line feed. */
export function changesText(
  {
    changes,
    problems,
  }: { readonly changes: readonly ServiceChange[]; readonly problems: readonly Problem[] },
  paint: Paint = plain,
): string {
  const lines = problemLines('New problems', problems, paint)
  return [...(lines.length === 0 ? [] : [lines.join('\n')]), servicesText(changes, paint)].join('\n\n')
}

function servicesText(changes: readonly ServiceChange[], paint: Paint): string {
  if (changes.length === 0) return 'Nothing would change: the same addresses, announced by the same nodes.\n'
  const moved = changes.filter(({ addresses }) => addresses !== undefined).length
  const services = `${changes.length} ${changes.length === 1 ? 'Service' : 'Services'} would change`
  const addresses = moved === 0 ? 'no address would' : `${moved} of them in their addresses`
  return [
    ...changes.map((change) => changeLines(change, paint).join('\n')),
    `${services}, ${addresses}\n`,
  ].join('\n\n')
}

function changeLines(
  { namespace, name, addresses, reason, announcements }: ServiceChange,
  paint: Paint,
): string[] {
  return [
    paint.strong(`${namespace}/${name}`),
    ...(addresses === undefined ? [] : [`  address  ${arrow(addresses, { whenEmpty: 'none', paint })}`]),
    ...(reason === undefined ? [] : [`  state    ${paint.faint(reason.before)} → ${reason.after}`]),
    ...aligned(
      (announcements ?? []).map((change) => announcementCells(change, paint)),
      '  ',
    ),
  ]
}

function announcementCells(change: AnnouncementChange, paint: Paint): string[] {
  const peers = change.peers === undefined ? '' : `, to ${few(change.peers)}`
  return [
    change.announcer,
    change.address,
    `${change.advertisement}${peers}`,
    arrow(change, { whenEmpty: 'some node', paint }),
  ]
}

function arrow(
  { before, after }: { readonly before?: readonly string[]; readonly after?: readonly string[] },
  { whenEmpty, paint }: { readonly whenEmpty: string; readonly paint: Paint },
): string {
  const text = (names: readonly string[] | undefined): string =>
    names === undefined ? 'nobody' : names.length === 0 ? whenEmpty : few(names, 8)
  const colour = after === undefined || text(after) === 'none' ? paint.bad : paint.good
  return `${paint.faint(text(before))} → ${colour(text(after))}`
}
