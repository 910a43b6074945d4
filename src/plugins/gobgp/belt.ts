/*
 * The safety belt in GoBGP's words: whatever puts a path with a mark of ours into the table, a prefix that is not allowed
 * is rejected on its way out. GoBGP bounds no number of prefixes sent, so `maxPrefixes` is Herald's to keep alone. Pure.
 */
import { parsePrefix, prefixText, type Prefix } from '#core/bgp/prefix.ts'
import type { SafetyBelt } from '#core/bgp/safety-belt.ts'
import { bitsOf, type Family } from '#core/model/address.ts'
import { fnv1a } from '#core/model/hash.ts'

import type { DefinedSet, PrefixRange, Statement } from './client.ts'
import { allowedSet, anyMarkSet, beltStatement, policies } from './marks.ts'

export interface BeltPolicy {
  readonly sets: readonly DefinedSet[]
  readonly statements: readonly Statement[]
}

const everything: Readonly<Record<Family, Prefix>> = {
  IPv4: parsePrefix('0.0.0.0/0') as Prefix,
  IPv6: parsePrefix('::/0') as Prefix,
}

export function beltPolicy(belt: SafetyBelt): BeltPolicy {
  const rules = (['IPv4', 'IPv6'] as const).map((family) => ruleFor(family, belt))
  return { sets: rules.map(({ set }) => set), statements: rules.map(({ statement }) => statement) }
}

/** Names carry a digest of what they stand for, so that a change is a new set, never a half-changed one. */
function ruleFor(
  family: Family,
  belt: SafetyBelt,
): { readonly set: DefinedSet; readonly statement: Statement } {
  const allowed = allowedRanges(family, belt)
  // A set of no prefixes is of no family, and matches nothing.
  const [match, ranges] =
    allowed.length > 0 ? (['outside', allowed] as const) : (['inside', [within(family, 0)]] as const)
  const text = ranges.map(({ prefix, min, max }) => `${prefixText(prefix)} ${min} ${max}`)
  const digest = fnv1a([match, ...text].join('\n')).toString(16)
  const name = allowedSet(family, digest)
  return {
    set: { name, kind: 'prefix', ranges },
    statement: {
      name: beltStatement(family, digest),
      policy: policies.belt,
      markSet: anyMarkSet,
      prefixSet: { name, match },
      verdict: 'reject',
    },
  }
}

/** Never a default route, whatever the configuration allows. */
function allowedRanges(family: Family, { allowed }: SafetyBelt): readonly PrefixRange[] {
  if (allowed === undefined) return [within(family, 1)]
  return allowed
    .filter((prefix) => prefix.family === family)
    .map((prefix) => ({ prefix, min: Math.max(1, prefix.length), max: bitsOf(family) }))
}

function within(family: Family, min: number): PrefixRange {
  return { prefix: everything[family], min, max: bitsOf(family) }
}
