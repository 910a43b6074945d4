/*
 * Text to documents. A source that parses as a whole is parsed as a whole; where it does not, it is cut at its
 * document markers, so that a fault in one document costs no other.
 */
import { YAMLException } from 'js-yaml'

import { expandedSize, maxValues } from './expansion.ts'
import { Fragment } from './fragment.ts'
import type { Origin } from './source.ts'

export interface Document {
  readonly value: unknown
  readonly origin: Origin
}

export interface SyntaxFault {
  /** From 1. */
  readonly line: number
  readonly message: string
}

export interface Documents {
  readonly documents: readonly Document[]
  readonly faults: readonly SyntaxFault[]
}

/** Total: every text gives its documents and its faults. */
export function documentsIn(file: string, text: string): Documents {
  const whole = new Fragment(file, text)
  if (/^\s*[{[]/.test(text)) {
    const value = parseJson(text)
    if (value !== undefined) return oneDocument(whole, value)
  }
  const read = readFragment(whole)
  if (!read.broken) return read
  const parts = cut(whole).map(readFragment)
  return {
    documents: parts.flatMap((part) => part.documents),
    faults: parts.flatMap((part) => part.faults),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function oneDocument(fragment: Fragment, value: unknown): Documents {
  return { documents: [{ value, origin: { fragment, document: 0, steps: [] } }], faults: [] }
}

/** `broken`: nothing of the fragment could be used. */
function readFragment(fragment: Fragment): Documents & { readonly broken: boolean } {
  try {
    const { documents, hasAliases } = fragment.parseYaml()
    const all = documents.map((value, document) => ({ value, origin: { fragment, document, steps: [] } }))
    return { ...(hasAliases ? withoutBombs(all) : { documents: all, faults: [] }), broken: false }
  } catch (error) {
    return { documents: [], faults: [syntaxFault(fragment, error)], broken: true }
  }
}

function withoutBombs(all: readonly Document[]): Documents {
  const [documents, bombs] = [[] as Document[], [] as Document[]]
  for (const document of all) (expandedSize(document.value) > maxValues ? bombs : documents).push(document)
  const message = `found aliases that expand to more than ${maxValues} values, allowed: at most ${maxValues} in one document`
  const faults = bombs.map(({ origin }) => ({ line: origin.fragment.lineOf(origin.document, []), message }))
  return { documents, faults }
}

function syntaxFault(fragment: Fragment, error: unknown): SyntaxFault {
  if (!(error instanceof YAMLException) || error.mark === undefined) {
    return { line: fragment.firstLine, message: error instanceof Error ? error.message : String(error) }
  }
  // What is missing at the end of the text is told on the last line that has any.
  const before = fragment.text
    .slice(0, Math.min(error.mark.position, fragment.text.trimEnd().length))
    .split('\n')
  const column = (before.at(-1) ?? '').length + 1
  return { line: fragment.firstLine + before.length - 1, message: `${error.reason} (column ${column})` }
}

/** At `---`, and between JSON objects that follow one another without one, as jq prints them. */
function cut(whole: Fragment): Fragment[] {
  const starts = [0]
  for (const { index } of whole.text.matchAll(/^---(?=\s|$)|(?<=^\}\s*\n|^\{.*\}\s*\n)\{/gm))
    starts.push(index)
  const fragments: Fragment[] = []
  let line = whole.firstLine
  for (const [index, start] of starts.entries()) {
    const text = whole.text.slice(start, starts[index + 1])
    if (!isBlank(text)) fragments.push(new Fragment(whole.file, text, line))
    line += text.split('\n').length - 1
  }
  return fragments
}

/** Comments and directives alone are no document. */
function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^(%.*|\s*(#.*)?)$/.test(line))
}
