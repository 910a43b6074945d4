/*
 * A run of text that is parsed in one go: a whole source, or one document of a source that has a broken one. It
 * parses without keeping positions, and parses once more only when somebody asks for a line.
 */
import { CORE_SCHEMA, EVENT_ID, boolYaml11Tag, constructFromEvents, mergeTag, parseEvents } from 'js-yaml'

import { positionsIn, type Positions } from './positions.ts'
import type { FieldStep } from '#core/model/field-path.ts'

/** As kubectl reads YAML: 1.2 with merge keys, and the 1.1 words for booleans (yes, no, on, off). */
const schema = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag)

export interface Parsed {
  /** One per document, null for an empty one. */
  readonly documents: readonly unknown[]
  /** Whether `*alias` occurs, so that one value may stand in many places. */
  readonly hasAliases: boolean
}

export class Fragment {
  readonly file: string
  /** Line of the source on which the text begins, from 1. */
  readonly firstLine: number
  /** Private, because it may hold a Secret: printing a fragment shows nothing of it. */
  readonly #text: string
  #positions: WeakRef<Positions> | undefined

  constructor(file: string, text: string, firstLine = 1) {
    this.file = file
    this.#text = text
    this.firstLine = firstLine
  }

  /** Throws what the parser throws. */
  parseYaml(): Parsed {
    const events = parseEvents(this.#text, {})
    const documents = constructFromEvents(events, { source: this.#text, schema })
    return { documents, hasAliases: events.some((event) => event.type === EVENT_ID.ALIAS) }
  }

  /** The line of the source, from 1, of the field or of its nearest ancestor that is there. */
  lineOf(document: number, steps: readonly FieldStep[]): number {
    return this.firstLine + this.#lookUp().lineOf(document, steps)
  }

  #lookUp(): Positions {
    const known = this.#positions?.deref()
    if (known !== undefined) return known
    const positions = this.#index()
    this.#positions = new WeakRef(positions)
    return positions
  }

  /** JSON is read by its own parser, which is faster; text that only that one takes has no lines to show. */
  #index(): Positions {
    try {
      return positionsIn(this.#text, parseEvents(this.#text, {}))
    } catch {
      return { lineOf: () => 0 }
    }
  }
}
