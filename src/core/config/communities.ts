/* Community objects: names for BGP communities, shared by all advertisements. */
import type { Admitted } from './admit.ts'
import type { Inspection, Report } from './inspection.ts'
import { formatCommunities, parseCommunities, parseCommunity } from '../bgp/community.ts'
import { below } from '../model/field-path.ts'
import { didYouMean, oneOf, quote } from '../model/wording.ts'

export interface CommunityNames {
  /** The literal behind each name; undefined where the definition is at fault. */
  readonly literals: ReadonlyMap<string, string | undefined>
  /** Community objects that the reader refused: nobody can say which names are theirs. */
  readonly unreadable: readonly string[]
}

/** Of two definitions of a name that of the first object by name counts. */
export function parseCommunityNames(admitted: Admitted, inspection: Inspection): CommunityNames {
  const literals = new Map<string, string | undefined>()
  for (const object of admitted.ofKind('Community')) {
    const { report } = inspection.examine(object)
    for (const [index, { name, value }] of (object.spec.communities ?? []).entries()) {
      const path = below('spec.communities', index)
      const literal = checkLiteral(value, below(path, 'value'), report)
      if (!literals.has(name)) literals.set(name, literal)
      else {
        const message = `found ${quote(name)} again: duplicate definition of community; allowed: each name once`
        report(below(path, 'name'), 'DuplicateCommunity', message)
      }
    }
  }
  return { literals, unreadable: admitted.refused('Community') }
}

/**
 * The literals that the entries of an advertisement stand for, ascending and without duplicates; undefined when an
 * entry is at fault, for a route without one of its communities may travel further than its owner wants.
 */
export function resolveCommunities(
  entries: readonly string[],
  names: CommunityNames,
  { path, report }: { readonly path: string; readonly report: Report },
): string[] | undefined {
  const literals = entries.map((entry, index) => resolve(entry, names, { path: below(path, index), report }))
  const sound = literals.filter((literal) => literal !== undefined)
  return sound.length < literals.length ? undefined : formatCommunities(parseCommunities(sound))
}

function resolve(
  entry: string,
  { literals, unreadable }: CommunityNames,
  { path, report }: { readonly path: string; readonly report: Report },
): string | undefined {
  if (literals.has(entry)) {
    const literal = literals.get(entry)
    if (literal === undefined) {
      report(
        path,
        'InvalidCommunity',
        `found ${quote(entry)}, whose definition in a Community object is invalid`,
      )
    }
    return literal
  }
  if (entry.includes(':')) return checkLiteral(entry, path, report)
  const allowed = `${literalForms}, or a name that a Community object defines`
  const number = /^\d+$/.test(entry) ? ' (invalid community format)' : ''
  const perhaps =
    unreadable.length === 0 ? '' : `; Community ${oneOf(unreadable)} is at fault itself and may define it`
  const hint = didYouMean(entry, [...literals.keys()])
  const message = `found ${quote(entry)}${number}, allowed: ${allowed}${hint}${perhaps}`
  report(path, 'UnknownCommunity', message)
  return undefined
}

const literalForms = 'A:B with numbers up to 65535, large:A:B:C with numbers up to 4294967295'

function checkLiteral(text: string, path: string, report: Report): string | undefined {
  if (parseCommunity(text) !== undefined) return text
  report(path, 'InvalidCommunity', `found ${quote(text)}: ${literalFault(text)}; allowed: ${literalForms}`)
  return undefined
}

function literalFault(text: string): string {
  const sections = text.split(':')
  if (sections.length !== 2 && sections.length !== 4) return 'invalid community format'
  if (sections.length === 4 && sections[0] !== 'large') {
    return 'invalid community value: expected community to be of format large:A:B:C'
  }
  const limit = sections.length === 2 ? 0xffff : 0xffffffff
  const numbers = sections.length === 2 ? sections : sections.slice(1)
  const wrong = numbers.find((section) => !/^\d{1,10}$/.test(section) || Number(section) > limit)
  return `invalid community value: invalid section ${quote(wrong)}`
}
