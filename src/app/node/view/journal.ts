/* One log line for each thing that changed from one view to the next, with its reason. */
import type { Assignment } from '#core/model/decisions.ts'
import type { LogFields, Logger } from '#core/ports.ts'

import type { AnnouncementView, NodeView, PeerView, PlacedProblem } from './node-view.ts'

export interface Entry {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

export function journalOf(before: NodeView | undefined, after: NodeView): readonly Entry[] {
  return [
    ...differences(before?.services, after.services, serviceLines),
    ...differences(before?.owners, after.owners, ownerLines),
    ...differences(before?.announcements, after.announcements, announcementLines),
    ...differences(before?.peers, after.peers, peerLines),
    ...differences(others(before), others(after), memberLines),
    ...differences(before?.conflicts, after.conflicts, conflictLines),
    ...differences(before?.problems, after.problems, problemLines),
  ]
}

export function writeJournal(log: Logger, entries: readonly Entry[]): void {
  for (const { level, message, fields } of entries) log[level](message, fields)
}

/** What to say of one kind of thing. `came` also says that its state changed. */
interface Lines<T> {
  readonly key: (item: T) => string
  /** Equal texts: nothing to say. */
  readonly state: (item: T) => string
  readonly came: (is: T, was?: T) => Entry | undefined
  readonly left: (was: T) => Entry | undefined
}

const serviceLines: Lines<Assignment> = {
  key: ({ service }) => service,
  state: ({ addresses, reason }) => (addresses.length > 0 ? addresses.join() : reason),
  came({ service, addresses, pool, reason, message }) {
    if (addresses.length > 0)
      return entry('info', 'address assigned', { service, addresses, pool, reason, message })
    return reason === 'AwaitingAllocator'
      ? undefined
      : entry('warn', 'no address', { service, reason, message })
  },
  left: ({ service, addresses }) => entry('info', 'service removed', { service, released: addresses }),
}

const ownerLines: Lines<NodeView['owners'][number]> = {
  key: ({ announcer, service }) => `${announcer} ${service}`,
  state: ({ winner, reason }) => `${winner} ${reason}`,
  came: ({ service, address, announcer, winner, reason, message }, was) =>
    entry('info', 'owner', {
      service,
      address,
      announcer,
      owner: winner,
      before: was?.winner,
      reason,
      message,
    }),
  left: () => undefined,
}

const announcementLines: Lines<AnnouncementView> = {
  key: ({ announcer, address }) => `${announcer} ${address}`,
  state: ({ phase, via, reason }) => `${phase} ${via?.join()} ${reason}`,
  came({ announcer, address, services, phase, via, reason, message }) {
    const level = phase === 'failed' ? 'warn' : 'info'
    return entry(level, `announcement ${phase}`, { announcer, address, services, via, reason, message })
  },
  left: ({ announcer, address, services }) =>
    entry('info', 'no longer announced', { announcer, address, services }),
}

const peerLines: Lines<PeerView> = {
  key: ({ announcer, peer }) => `${announcer} ${peer}`,
  state: ({ state, reason }) => `${state} ${reason}`,
  came({ announcer, peer, state, reason, message }, was) {
    const level = reason === undefined ? 'info' : 'warn'
    return entry(level, 'peer', { announcer, peer, state, before: was?.state, reason, message })
  },
  left: ({ announcer, peer }) => entry('info', 'peer removed', { announcer, peer }),
}

const memberLines: Lines<NodeView['members'][number]> = {
  key: ({ node }) => node,
  state: ({ alive }) => String(alive),
  came({ node: member, alive, detail }, was) {
    if (alive) return entry('info', 'member alive', { member })
    return was === undefined ? undefined : entry('warn', 'member lost', { member, detail })
  },
  left: ({ node: member }) => entry('info', 'member removed', { member }),
}

const conflictLines: Lines<NodeView['conflicts'][number]> = {
  key: ({ address, hardwareAddress }) => `${address} ${hardwareAddress}`,
  state: () => '',
  came: ({ announcer, address, hardwareAddress, via }) =>
    entry('error', 'somebody else answers for an address', { announcer, address, hardwareAddress, via }),
  left: ({ announcer, address, hardwareAddress }) =>
    entry('info', 'nobody else answers for an address any more', { announcer, address, hardwareAddress }),
}

const problemLines: Lines<PlacedProblem> = {
  key: ({ object, field, reason, message, file }) => [object, field, reason, message, file].join('\n'),
  state: () => '',
  came: (problem) => entry('warn', 'problem', { ...faultOf(problem), message: problem.message }),
  left: (problem) => entry('info', 'problem solved', faultOf(problem)),
}

function faultOf({ object, field, reason, file, line }: PlacedProblem): LogFields {
  return { object, field, reason, at: file === undefined ? undefined : `${file}:${line}` }
}

/** This process itself says elsewhere how it is. */
function others(view: NodeView | undefined): NodeView['members'] {
  return view?.members.filter(({ node }) => node !== view.node) ?? []
}

function differences<T>(before: readonly T[] | undefined, after: readonly T[], lines: Lines<T>): Entry[] {
  const old = new Map((before ?? []).map((item) => [lines.key(item), item]))
  const entries = after.map((is) => {
    const was = old.get(lines.key(is))
    old.delete(lines.key(is))
    return was !== undefined && lines.state(was) === lines.state(is) ? undefined : lines.came(is, was)
  })
  for (const was of old.values()) entries.push(lines.left(was))
  return entries.filter((entry) => entry !== undefined)
}

/** Without the fields that have no value. */
function entry(level: Entry['level'], message: string, fields: LogFields): Entry {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
  return { level, message, fields: Object.fromEntries(known) }
}
