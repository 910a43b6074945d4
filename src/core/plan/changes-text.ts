/* What-if for people: what would change, and nothing else. */
import type { AnnouncementChange, Change, ServiceChange } from './changes.ts'
import { aligned, plain, type Paint } from './paint.ts'
import { few } from '../model/wording.ts'

/** Ends with a line feed. */
export function changesText(changes: readonly ServiceChange[], paint: Paint = plain): string {
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
    ...(addresses === undefined ? [] : [`  address  ${arrow(addresses, paint)}`]),
    ...(reason === undefined ? [] : [`  state    ${paint.faint(reason.before)} → ${reason.after}`]),
    ...aligned(
      (announcements ?? []).map((change) => announcementCells(change, paint)),
      '  ',
    ),
  ]
}

function announcementCells(change: AnnouncementChange, paint: Paint): string[] {
  const peers = change.peers === undefined ? '' : `, to ${few(change.peers)}`
  return [change.announcer, change.address, `${change.advertisement}${peers}`, arrow(change, paint)]
}

function arrow({ before, after }: Change<readonly string[]>, paint: Paint): string {
  const text = (names: readonly string[]): string => (names.length === 0 ? 'none' : few(names, 8))
  return `${paint.faint(text(before))} → ${after.length === 0 ? paint.bad('none') : paint.good(text(after))}`
}
