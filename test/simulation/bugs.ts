/*
 * Planted bugs: each takes away one thing that failover stands on, by changing what passes between the real parts. The
 * simulator has to notice every one of them.
 */
import type { Message, Note } from '#core/membership/message.ts'

import type { FaultKind, Scenario } from './scenario.ts'

export const bugs = {
  'fencing-off': 'frames are sent whatever the fence says',
  'probe-off': 'a new owner speaks without asking the segment',
  'never-stale': 'a new owner answers while it asks the segment, whoever may have answered before',
  'epoch-reset': 'a process that starts again counts its epochs from 1, and is not told of the former ones',
  'confirmation-off': 'nobody speaks up for a suspect',
  'pause-check-off': 'a process does not notice its own pause, and its lease has no end',
  'deaf-rule-off': 'nobody says that it hears nobody, and it takes over all the same',
  'claims-untold': 'what a node says of addresses reaches nobody',
  'break-before-make': 'a node that was not elected any more is silent at once',
  'farewell-untold': 'a node stops without a word',
  'unfit-wished': 'a node that is asked for is elected, fit or not',
  'holders-forgotten': 'stable election does not know who holds what',
  'budget-off': 'planned moves wait for nothing but the former ones',
  'deaths-budgeted': 'what a dead node answered for waits for the budget of planned moves',
  'key-replaced-at-once': 'the new key is the only one on a node as soon as its file is read',
  'gate-ignored': 'a node announces whether its data path is open or not',
  'shut-untold': 'a node whose data path is shut tells nobody',
} as const

export type Bug = keyof typeof bugs

/** By which seed each was found at the latest, and without what it cannot be: other seeds need not be run. */
export interface Catch {
  readonly within: number
  /** One of these faults. */
  readonly by?: readonly FaultKind[]
  readonly where?: (scenario: Scenario) => boolean
}

const ofSmallBudget = ({ budget }: Scenario): boolean => budget <= 2

export const caught: Readonly<Record<Bug, Catch>> = {
  'fencing-off': { within: 500, by: ['pause'] },
  'probe-off': { within: 500 },
  'never-stale': { within: 500 },
  'epoch-reset': { within: 500 },
  'confirmation-off': { within: 1000, by: ['one-way'] },
  'pause-check-off': { within: 500, by: ['pause'] },
  'deaf-rule-off': { within: 1000, by: ['deaf'] },
  'claims-untold': { within: 100 },
  'break-before-make': { within: 100 },
  'farewell-untold': { within: 500, by: ['leave'] },
  'unfit-wished': { within: 500, by: ['edit'] },
  'holders-forgotten': { within: 500, by: ['crash', 'flap'] },
  'budget-off': { within: 500, where: ofSmallBudget },
  'deaths-budgeted': { within: 4000, by: ['crash'], where: ofSmallBudget },
  'gate-ignored': { within: 2000, by: ['path'] },
  'shut-untold': { within: 2000, by: ['path'] },
  'key-replaced-at-once': { within: 500, by: ['rekey'] },
}
export type Bugs = ReadonlySet<Bug>

/** What becomes of a message on its way; undefined: it gets lost. */
export function distorted(message: Message, planted: Bugs): Message | undefined {
  if (planted.size === 0) return message
  if (planted.has('farewell-untold') && message.standing === 'leaving') return undefined
  const deaf = message.deaf && !planted.has('deaf-rule-off')
  const notes = message.notes.flatMap((note): Note[] => {
    if (planted.has('confirmation-off') && note.type === 'heard')
      return [{ type: 'unheard', about: note.about, boot: note.boot }]
    if (planted.has('epoch-reset') && note.type === 'epochs') return []
    if (planted.has('claims-untold') && (note.type === 'claims' || note.type === 'epochs')) return []
    return [note]
  })
  return { ...message, deaf, notes }
}
