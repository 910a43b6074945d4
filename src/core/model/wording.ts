/* How messages show what was found and what is allowed. */

const longest = 60

/** A value as a message quotes it: JSON, cut after 60 characters. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

const mostNames = 12

/** `a, b or c`; `none` for an empty list, and only the first twelve of a long one. */
export function oneOf(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  if (names.length > mostNames)
    return `${names.slice(0, mostNames).join(', ')} or ${names.length - mostNames} more`
  if (names.length === 1) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

/** `a, b, c and 7 more`. */
export function few(names: readonly string[], most = 3): string {
  if (names.length <= most + 1) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}

/** The candidate that `name` is most likely a misspelling of, if any is close. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const limit = Math.min(3, Math.floor(name.length / 2))
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { candidate, distance }
  }
  return best?.candidate
}

/** `; did you mean "addresses"?`, or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const suggestion = nearest(name, candidates)
  return suggestion === undefined ? '' : `; did you mean ${quote(suggestion)}?`
}

/** Levenshtein's, over names short enough to be typed by hand; longer ones are never close. */
function editDistance(a: string, b: string): number {
  if (Math.max(a.length, b.length) > longest) return Infinity
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [index, letter] of Array.from(a).entries()) {
    const next = [index + 1]
    for (let column = 1; column <= b.length; column++) {
      const swap = (row[column - 1] ?? 0) + (b[column - 1] === letter ? 0 : 1)
      next.push(Math.min(swap, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? Infinity
}
