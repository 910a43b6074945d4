/*
 * Lines of fields, looked up in the parser's flat event stream. Children of a collection are indexed on the first
 * look, so that many faults in one long list cost one pass over it.
 */
import { EVENT_ID, getScalarValue, type Event } from 'js-yaml'

import type { FieldStep } from '#core/model/field-path.ts'

export interface Positions {
  /** The line, from 0, of the field or of its nearest ancestor that is there. */
  lineOf(document: number, steps: readonly FieldStep[]): number
}

interface Child {
  /** Index of the value's first event. */
  readonly node: number
  /** Where the key or item begins in the text. */
  readonly offset: number
}

type Children = ReadonlyMap<FieldStep, Child>

export function positionsIn(text: string, events: readonly Event[]): Positions {
  const roots = documentRoots(events)
  const lineStarts = startsOfLines(text)
  const indexed = new Map<number, Children>()

  function childrenOf(node: number): Children {
    const known = indexed.get(node)
    if (known !== undefined) return known
    const children = indexChildren(text, events, node)
    indexed.set(node, children)
    return children
  }

  return {
    lineOf(document, steps) {
      let node = roots[document]
      if (node === undefined) return 0
      let offset = offsetOf(events[node])
      for (const step of steps) {
        const child = childrenOf(node).get(step)
        if (child === undefined) break
        ;({ node, offset } = child)
      }
      return lineAt(lineStarts, offset)
    },
  }
}

/** Index of the first event of each document's content. */
function documentRoots(events: readonly Event[]): number[] {
  const roots: number[] = []
  for (const [index, event] of events.entries()) {
    if (event.type === EVENT_ID.DOCUMENT) roots.push(index + 1)
  }
  return roots
}

function indexChildren(text: string, events: readonly Event[], node: number): Children {
  const children = new Map<FieldStep, Child>()
  const parent = events[node]?.type
  if (parent !== EVENT_ID.MAPPING && parent !== EVENT_ID.SEQUENCE) return children
  let next = node + 1
  while (events[next] !== undefined && events[next]?.type !== EVENT_ID.POP) {
    const first = events[next]
    const value = parent === EVENT_ID.MAPPING ? after(events, next) : next
    const step = parent === EVENT_ID.MAPPING ? keyText(text, first) : children.size
    children.set(step, { node: value, offset: offsetOf(first) })
    next = after(events, value)
  }
  return children
}

/** Index of the event that follows the whole node at `index`. */
function after(events: readonly Event[], index: number): number {
  let depth = 0
  let next = index
  do {
    const type = events[next]?.type
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++
    else if (type === EVENT_ID.POP) depth--
    next++
  } while (depth > 0 && next < events.length)
  return next
}

/** A key that is no scalar cannot be a field's name; it only has to be unlike any. */
function keyText(text: string, event: Event | undefined): FieldStep {
  return event?.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : -1
}

function offsetOf(event: Event | undefined): number {
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return Math.max(0, event.valueStart)
    case EVENT_ID.ALIAS:
      return event.anchorStart
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start
    default:
      return 0
  }
}

function startsOfLines(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? Infinity) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
