/* Claims: who says that it answers for which address, and whose word counts. */
import type { Epoch } from '../announcer.ts'
import { familyOf, type Address } from '../model/address.ts'
import type { PathState } from '../model/facts.ts'
import type { Claim, ClaimState, Note } from './message.ts'
import { hash32 } from './ring.ts'

/** `minted`: the right exists on this node only, nobody has been told yet. */
export interface OwnClaim {
  readonly address: Address
  readonly counter: number
  readonly state: ClaimState | 'minted'
  readonly to?: string
}

/** Higher counter first, then the node's name: no two nodes have equal epochs. */
export function outranks(a: Epoch, b: Epoch): boolean {
  return a.counter !== b.counter ? a.counter > b.counter : a.node > b.node
}

/** Whether the claim says that its node answers. */
export function speaks({ state }: Claim | OwnClaim): boolean {
  return state !== 'shut'
}

/** What the counter of a `shut` claim stands for: no epoch. */
export const pathStates: readonly PathState[] = ['never-open', 'shut', 'untried']

/** What a node says of its data path to an address that it does not answer for. */
export function shutPath(address: Address, path: PathState): Claim {
  return { address, counter: pathStates.indexOf(path), state: 'shut' }
}

/** What digests are made of: members of older versions have other names for the last two. */
const digestWords: Readonly<Record<ClaimState, string>> = {
  held: 'held',
  offered: 'offered',
  shut: 'armed',
  failing: 'retiring',
}

/** Adds a claim to a digest, or takes it out again. */
export function digestWith(digest: number, { address, counter, state, to = '' }: Claim): number {
  return (digest ^ hash32(`${address} ${counter} ${digestWords[state]} ${to}`)) >>> 0
}

/** What one node says of addresses, with the digest over it. */
export interface Said {
  readonly claims: ReadonlyMap<Address, Claim>
  readonly digest: number
}

export const nothingSaid: Said = { claims: new Map(), digest: 0 }

export function withClaims(before: Said, news: readonly Claim[]): Said {
  const claims = new Map(before.claims)
  let { digest } = before
  for (const claim of news) {
    const replaced = claims.get(claim.address)
    if (replaced !== undefined) digest = digestWith(digest, replaced)
    digest = digestWith(digest, claim)
    claims.set(claim.address, claim)
  }
  return { claims, digest }
}

export function withoutClaims(before: Said, addresses: readonly Address[]): Said {
  const claims = new Map(before.claims)
  let { digest } = before
  for (const address of addresses) {
    const gone = claims.get(address)
    if (gone !== undefined) digest = digestWith(digest, gone)
    claims.delete(address)
  }
  return { claims, digest }
}

export function sameClaim(a: Claim, b: Claim | undefined): boolean {
  return a.address === b?.address && a.counter === b.counter && a.state === b.state && a.to === b.to
}

export function isTold(claim: OwnClaim): claim is Claim {
  return claim.state !== 'minted'
}

/** Bytes of notes in one datagram: with head and MAC it stays below the smallest MTU IPv6 allows. */
const budget = 1000

/** Claims in as many notes as datagrams are needed; the first replaces what was known if `whole`. */
export function claimNotes(claims: readonly Claim[], whole: boolean): readonly Note[] {
  const parts = portions(claims, (claim) => addressSize(claim.address) + 6 + (claim.to?.length ?? 0))
  const notes = parts.map(
    (part, index) => ({ type: 'claims', whole: whole && index === 0, claims: part }) as const,
  )
  return whole && notes.length === 0 ? [{ type: 'claims', whole, claims: [] }] : notes
}

export function droppedNotes(addresses: readonly Address[]): readonly Note[] {
  return portions(addresses, addressSize).map((part) => ({ type: 'dropped', addresses: part }))
}

/** What the note says of other addresses; undefined: nothing. */
export function noteWithout(note: Note, addresses: ReadonlySet<Address>): Note | undefined {
  if (note.type === 'claims') {
    const claims = note.claims.filter(({ address }) => !addresses.has(address))
    return claims.length === 0 ? undefined : { ...note, claims }
  }
  if (note.type !== 'dropped') return note
  const left = note.addresses.filter((address) => !addresses.has(address))
  return left.length === 0 ? undefined : { ...note, addresses: left }
}

/** Everything known of epochs, by who minted them. */
export function epochNotes(epochs: ReadonlyMap<Address, Epoch>): readonly Note[] {
  const byNode = new Map<string, { address: Address; counter: number }[]>()
  for (const [address, { counter, node }] of epochs) {
    const list = byNode.get(node) ?? []
    list.push({ address, counter })
    byNode.set(node, list)
  }
  return [...byNode].flatMap(([node, list]) =>
    portions(list, ({ address }) => addressSize(address) + 4).map(
      (part) => ({ type: 'epochs', node, epochs: part }) as const,
    ),
  )
}

function portions<Item>(items: readonly Item[], sizeOf: (item: Item) => number): readonly Item[][] {
  const parts: Item[][] = []
  let room = 0
  for (const item of items) {
    const size = sizeOf(item)
    if (size > room) {
      parts.push([])
      room = budget
    }
    parts.at(-1)?.push(item)
    room -= size
  }
  return parts
}

function addressSize(address: Address): number {
  return familyOf(address) === 'IPv4' ? 5 : 17
}
