/*
 * The way from one configuration to another, as commands in contexts. What is new comes first, so that nothing a
 * neighbor or network refers to is missing; what is gone goes last, from the end, so that nothing still refers to it.
 */
import { isOwner, isPermanent, neighborOf, subjectOf, undo } from './grammar.ts'
import { opensContext, type Line } from './line.ts'
import { ownShutdown } from './names.ts'

export interface Edit {
  /** Commands that enter the context, from the top. */
  readonly context: readonly string[]
  readonly command: string
}

/** `shared`: contexts (top-level lines) that others have lines in, so that they stay when ours are gone. */
export function editsBetween(
  current: readonly Line[],
  desired: readonly Line[],
  shared: ReadonlySet<string> = new Set(),
): Edit[] {
  const replaced = current.filter((old) => isReplaced(old, desired))
  const kept = current.filter((old) => !replaced.includes(old))
  const plan: Plan = { edits: [], last: [] }
  for (const { text } of replaced) plan.edits.push({ context: [], command: undo(text) })
  add(plan, kept, { context: [], lines: desired })
  plan.edits.push(...plan.last)
  remove(plan, kept, { context: [], lines: desired, leaving: new Set(), shared })
  return plan.edits
}

interface Plan {
  readonly edits: Edit[]
  /** What must wait until everything new is in place. */
  readonly last: Edit[]
}

interface Place {
  readonly context: readonly string[]
  /** The desired lines. */
  readonly lines: readonly Line[]
}

/** A router cannot change its AS number: it goes and comes again. */
function isReplaced({ text }: Line, desired: readonly Line[]): boolean {
  if (!text.startsWith('router bgp ')) return false
  const subject = subjectOf(text)
  return desired.some((other) => other.text !== text && subjectOf(other.text) === subject)
}

function add(plan: Plan, current: readonly Line[], { context, lines }: Place): void {
  const there = byText(current)
  const rivals = bySubject(unmatched(current, byText(lines)))
  for (const { text, body } of lines) {
    const old = there.get(text) ?? rivals.get(subjectOf(text))
    if (old?.text !== text && !isPermanent(text)) {
      plan.edits.push({ context, command: text })
      if (old === undefined && isOwner(text)) keepDown(plan, context, subjectOf(text))
    }
    if (opensContext(text)) add(plan, old?.body ?? [], { context: [...context, text], lines: body })
  }
}

/**
 * A new neighbor stays shut down until its policies are in place: no route leaves without them. The message says whose
 * it is, should Herald die before the description is there.
 */
function keepDown(plan: Plan, context: readonly string[], neighbor: string): void {
  plan.edits.push({ context, command: `${neighbor} ${ownShutdown}` })
  plan.last.push({ context, command: `no ${neighbor} shutdown` })
}

interface Departure extends Place {
  /** Neighbors that go as a whole. */
  readonly leaving: ReadonlySet<string>
  readonly shared: ReadonlySet<string>
}

function remove(plan: Plan, current: readonly Line[], place: Departure): void {
  const { context, lines, shared } = place
  const there = byText(lines)
  const rivals = bySubject(unmatched(lines, byText(current)))
  const staying = (text: string): Line | undefined => there.get(text) ?? rivals.get(subjectOf(text))
  const leaving = new Set([...place.leaving, ...leavingNeighbors(current, staying)])
  for (const { text, body } of current.toReversed()) {
    const now = staying(text)
    if (now === undefined && !isPermanent(text) && !shared.has(text)) {
      const neighbor = neighborOf(text)
      if (neighbor === undefined || !leaving.has(neighbor) || isOwner(text)) {
        plan.edits.push({ context, command: undo(text) })
      }
    } else if (opensContext(text)) {
      remove(plan, body, { context: [...context, text], lines: now?.body ?? [], leaving, shared })
    }
  }
}

function leavingNeighbors(current: readonly Line[], staying: (text: string) => Line | undefined): string[] {
  return current.flatMap(({ text }) =>
    isOwner(text) && staying(text) === undefined ? (neighborOf(text) ?? []) : [],
  )
}

function byText(lines: readonly Line[]): Map<string, Line> {
  return new Map(lines.map((one) => [one.text, one]))
}

function bySubject(lines: readonly Line[]): Map<string, Line> {
  return new Map(lines.map((one) => [subjectOf(one.text), one]))
}

/** Of ten thousand lines nearly all are the same on both sides: subjects are looked at for the others only. */
function unmatched(lines: readonly Line[], others: ReadonlyMap<string, Line>): Line[] {
  return lines.filter(({ text }) => !others.has(text))
}

/** One command to send, and the edit it carries out; commands that only move between contexts carry out none. */
export interface Step {
  readonly command: string
  readonly edit?: Edit
}

/** The edits as one list of commands: each run of edits in one context enters it from the top. */
export function scriptOf(edits: readonly Edit[]): Step[] {
  const steps: Step[] = []
  let context: readonly string[] | undefined
  for (const edit of edits) {
    if (context?.join('\n') !== edit.context.join('\n')) {
      if (context !== undefined) steps.push({ command: 'end' })
      steps.push({ command: 'configure terminal' }, ...edit.context.map((command) => ({ command })))
      context = edit.context
    }
    steps.push({ command: edit.command, edit })
  }
  return context === undefined ? [] : [...steps, { command: 'end' }]
}
