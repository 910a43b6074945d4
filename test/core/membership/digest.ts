import { digestWith } from '#core/membership/claims.ts'
import type { Claim } from '#core/membership/message.ts'

/** Of all at once: what the machine keeps up to date by what changes has to come to. */
export function digestOf(claims: Iterable<Claim>): number {
  let digest = 0
  for (const claim of claims) digest = digestWith(digest, claim)
  return digest
}
