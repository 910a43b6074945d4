/*
 * Text to documents. A source that parses as a whole is parsed as a whole; where it does not, it is cut at its
 * document markers, so that a fault in one document costs no other.
 */
import { YAMLException } from 'js-yaml'

import { messageOf } from '#core/errors.ts'

import { excessOf } from './expansion.ts'
import { Fragment } from './fragment.ts'
import { placeOf, type Origin } from './source.ts'

export interface Document {
  readonly value: unknown
  readonly origin: Origin
}

interface SyntaxFault {
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
  if (/^\s*[{[]/.test(text)) {
    const value = parseJson(text)
    if (value !== undefined) return oneDocument(new Fragment(file, text), value)
  }
  const read = readText(file, text)
  if (!read.broken) return read
  const parts = cut(text).map((part) => readText(file, part.text, part.firstLine))
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

/** `broken`: nothing of the text could be used. */
function readText(file: string, text: string, firstLine = 1): Documents & { readonly broken: boolean } {
  try {
    const fragment = new Fragment(file, text, firstLine)
    const { documents, hasAliases } = fragment.parseYaml()
    const all = documents.map((value, document) => ({ value, origin: { fragment, document, steps: [] } }))
    return { ...(hasAliases ? withoutBombs(all) : { documents: all, faults: [] }), broken: false }
  } catch (error) {
    return { documents: [], faults: [syntaxFault(text, firstLine, error)], broken: true }
  }
}

function withoutBombs(all: readonly Document[]): Documents {
  const documents: Document[] = []
  const faults: SyntaxFault[] = []
  for (const document of all) {
    const message = excessOf(document.value)
    if (message === undefined) documents.push(document)
    else faults.push({ line: placeOf(document.origin).line, message })
  }
  return { documents, faults }
}

function syntaxFault(text: string, firstLine: number, error: unknown): SyntaxFault {
  if (!(error instanceof YAMLException) || error.mark === undefined) {
    return { line: firstLine, message: messageOf(error) }
  }
  // What is missing at the end of the text is told on the last line that has any.
  const before = text.slice(0, Math.min(error.mark.position, text.trimEnd().length)).split('\n')
  const column = (before.at(-1) ?? '').length + 1
  return { line: firstLine + before.length - 1, message: `${withoutQuotes(error.reason)} (column ${column})` }
}

/** What the parser quotes may be a password that lacks its quotation marks: `*secret` looks like an alias. */
function withoutQuotes(reason: string): string {
  return reason.replaceAll(/"[^"]*"|!<[^>]*>|(?<=characters: ).*/g, '…')
}

interface Part {
  readonly text: string
  readonly firstLine: number
}

/** At `---`, and between JSON objects that follow one another without one, as jq prints them. */
function cut(text: string): Part[] {
  const starts = [0]
  for (const { index } of text.matchAll(/^---(?=\s|$)|^\{(?<=^\}\s*\n\{|^\{.*\}\s*\n\{)/gm))
    starts.push(index)
  const parts: Part[] = []
  let firstLine = 1
  for (const [index, start] of starts.entries()) {
    const part = text.slice(start, starts[index + 1])
    if (!isBlank(part)) parts.push({ text: part, firstLine })
    firstLine += part.split('\n').length - 1
  }
  return parts
}

/** Comments and directives alone are no document. */
function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^(%.*|\s*(#.*)?)$/.test(line))
}
