/* FRR's configuration as a tree of lines: what is rendered, read back and compared. */

export interface Line {
  readonly text: string
  /** Lines of the context that this line opens; empty for most. */
  readonly body: readonly Line[]
}

export function line(text: string, body: readonly Line[] = []): Line {
  return { text, body }
}

/** FRR's contexts are at most this deep; deeper indentation is no configuration of FRR. */
const maxDepth = 4

/** Lines that close a context or say nothing. */
const silent =
  /^(!.*|exit|exit-address-family|exit-vrf|end|Building configuration\.\.\.|Current configuration:)$/

/** The text of `show running-config`, by its indentation. Total: any text is some tree. */
export function parseConfiguration(text: string): Line[] {
  const root: MutableLine = { text: '', body: [] }
  const open: { indent: number; line: MutableLine }[] = [{ indent: -1, line: root }]
  for (const raw of text.split(/\r?\n/)) {
    const words = raw.trim()
    if (words === '' || silent.test(words)) continue
    const indent = raw.length - raw.trimStart().length
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop()
    const made: MutableLine = { text: words, body: [] }
    open.at(-1)?.line.body.push(made)
    if (open.length <= maxDepth) open.push({ indent, line: made })
  }
  return root.body
}

interface MutableLine {
  readonly text: string
  readonly body: MutableLine[]
}

/** A file for FRR, in the form of its own `show running-config`. */
export function renderConfiguration(lines: readonly Line[]): string {
  return lines.flatMap((top, index) => [...separator(lines, index), ...rendered(top, '')]).join('\n') + '\n'
}

/** Contexts stand apart, single lines of one kind together. */
function separator(lines: readonly Line[], index: number): string[] {
  const [before, here] = [lines[index - 1], lines[index]]
  if (before === undefined || here === undefined) return []
  return opensContext(before.text) || opensContext(here.text) ? ['!'] : []
}

function rendered({ text, body }: Line, indent: string): string[] {
  if (!opensContext(text)) return [`${indent}${text}`]
  const close = text.startsWith('address-family') ? 'exit-address-family' : 'exit'
  return [`${indent}${text}`, ...body.flatMap((inner) => rendered(inner, `${indent} `)), `${indent}${close}`]
}

export function opensContext(text: string): boolean {
  return /^(router bgp|route-map|address-family|bfd$|profile) ?/.test(text)
}
