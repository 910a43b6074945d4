/*
 * UPDATEs with one oddity each, and what the three decoders make of them. Where they differ, `why` says who is right by
 * which RFC; docs/fuzzing.md prints this table.
 */

/** `taken`: the route is used, if without the attribute. `withdrawn`: it counts as withdrawn. `reset`: the session ends. */
export type Outcome = 'taken' | 'withdrawn' | 'reset'

export interface OddUpdate {
  readonly what: string
  /** Path attributes as on the wire; between two ASes, with four-octet numbers. */
  readonly attributes: readonly (readonly number[])[]
  /** Octets at the place of the NLRI. */
  readonly nlri?: readonly number[]
  /** More octets than there are, in the field that says how long the attributes are. */
  readonly excess?: number
  readonly herald: Outcome
  readonly frr: Outcome
  readonly bird: Outcome
  /** Of the difference. */
  readonly why?: string
}

export const senderAs = 65_010

const [transitive, optional, both] = [0x40, 0x80, 0xc0]
const attribute = (flags: number, code: number, ...value: number[]): number[] => [
  flags,
  code,
  value.length,
  ...value,
]
const as = (number: number): number[] => [0, 0, number >> 8, number & 255]

const origin = attribute(transitive, 1, 0)
const path = attribute(transitive, 2, 2, 1, ...as(senderAs))
const nextHop = attribute(transitive, 3, 192, 0, 2, 10)
const base = [origin, path, nextHop]
const all = (herald: Outcome, frr = herald, bird = herald): Pick<OddUpdate, 'herald' | 'frr' | 'bird'> => ({
  herald,
  frr,
  bird,
})

export const oddUpdates: readonly OddUpdate[] = [
  { what: 'nothing odd', attributes: base, ...all('taken') },
  {
    what: 'ORIGIN 3',
    attributes: [attribute(transitive, 1, 3), path, nextHop],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'RFC 7606 §7.1 withdraws; FRR 8.4 ends the session, as RFC 4271 §6.3 had it',
  },
  {
    what: 'ORIGIN of two octets',
    attributes: [attribute(transitive, 1, 0, 0), path, nextHop],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'RFC 7606 §7.1 withdraws; FRR 8.4 ends the session, as RFC 4271 §6.3 had it',
  },
  {
    what: 'ORIGIN flagged as optional',
    attributes: [attribute(both, 1, 0), path, nextHop],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'RFC 7606 §3 (c) withdraws; FRR 8.4 ends the session, as RFC 4271 §6.3 had it',
  },
  { what: 'ORIGIN missing', attributes: [path, nextHop], ...all('withdrawn') },
  {
    what: 'ORIGIN twice',
    attributes: [origin, attribute(transitive, 1, 2), path, nextHop],
    ...all('taken', 'reset', 'taken'),
    why: 'RFC 7606 §3 (g): the first counts; FRR 8.4 ends the session, as RFC 4271 §6.3 had it',
  },
  { what: 'AS_PATH missing', attributes: [origin, nextHop], ...all('withdrawn') },
  {
    what: 'AS_PATH with a segment of type 9',
    attributes: [origin, attribute(transitive, 2, 9, 1, ...as(senderAs)), nextHop],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'RFC 7606 §7.2 withdraws; FRR 8.4 ends the session, as RFC 4271 §6.3 had it',
  },
  {
    what: 'AS_PATH with a segment of no ASes',
    attributes: [origin, attribute(transitive, 2, 2, 1, ...as(senderAs), 2, 0), nextHop],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'RFC 7606 §7.2 withdraws; FRR 8.4 ends the session, as RFC 4271 §6.3 had it',
  },
  {
    what: 'AS_PATH with a segment that runs over',
    attributes: [origin, attribute(transitive, 2, 2, 9, ...as(senderAs)), nextHop],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'RFC 7606 §7.2 withdraws; FRR 8.4 ends the session, as RFC 4271 §6.3 had it',
  },
  {
    what: 'AS_PATH with AS 0',
    attributes: [origin, attribute(transitive, 2, 2, 2, ...as(senderAs), ...as(0)), nextHop],
    ...all('withdrawn', 'withdrawn', 'taken'),
    why: 'RFC 7607 §2: malformed; BIRD 2.0 does not look at it',
  },
  {
    what: 'AS_PATH with a confederation',
    attributes: [origin, attribute(transitive, 2, 3, 1, ...as(senderAs)), nextHop],
    ...all('withdrawn'),
  },
  { what: 'NEXT_HOP missing', attributes: [origin, path], ...all('withdrawn') },
  {
    what: 'NEXT_HOP of five octets',
    attributes: [origin, path, attribute(transitive, 3, 192, 0, 2, 10, 0)],
    ...all('withdrawn'),
  },
  {
    what: 'NEXT_HOP 224.0.0.1',
    attributes: [origin, path, attribute(transitive, 3, 224, 0, 0, 1)],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'no host has it (RFC 4271 §6.3), and RFC 7606 ends no session for a value; FRR 8.4 does',
  },
  {
    what: 'MULTI_EXIT_DISC of three octets',
    attributes: [...base, attribute(optional, 4, 0, 0, 1)],
    ...all('withdrawn'),
  },
  {
    what: 'LOCAL_PREF from another AS',
    attributes: [...base, attribute(transitive, 5, 0, 0, 0, 9)],
    ...all('taken'),
  },
  {
    what: 'ATOMIC_AGGREGATE of one octet',
    attributes: [...base, attribute(transitive, 6, 1)],
    ...all('taken'),
  },
  {
    what: 'AGGREGATOR of five octets',
    attributes: [...base, attribute(both, 7, 0, 0, 0, 1, 1)],
    ...all('taken'),
  },
  {
    what: 'COMMUNITIES of three octets',
    attributes: [...base, attribute(both, 8, 0, 1, 0)],
    ...all('withdrawn'),
  },
  { what: 'COMMUNITIES of no octets', attributes: [...base, attribute(both, 8)], ...all('withdrawn') },
  {
    what: 'ORIGINATOR_ID from another AS',
    attributes: [...base, attribute(optional, 9, 192, 0, 2, 9)],
    ...all('taken'),
  },
  {
    what: 'CLUSTER_LIST of five octets from another AS',
    attributes: [...base, attribute(optional, 10, 1, 2, 3, 4, 5)],
    ...all('taken', 'withdrawn', 'taken'),
    why: 'RFC 7606 §7.10: from outside it is left out, whatever it holds; FRR 8.4 looks at its length first',
  },
  {
    what: 'EXTENDED COMMUNITIES of seven octets',
    attributes: [...base, attribute(both, 16, 0, 2, 0, 1, 0, 0, 0)],
    ...all('withdrawn'),
  },
  {
    what: 'AS4_PATH between speakers of four octets',
    attributes: [...base, attribute(both, 17, 2, 1, ...as(7))],
    ...all('taken'),
  },
  {
    what: 'LARGE_COMMUNITY of eleven octets',
    attributes: [...base, attribute(both, 32, ...Array<number>(11).fill(1))],
    ...all('withdrawn'),
  },
  {
    what: 'ONLY_TO_CUSTOMER of three octets',
    attributes: [...base, attribute(both, 35, 1, 2, 3)],
    ...all('withdrawn'),
  },
  {
    what: 'an optional attribute nobody knows',
    attributes: [...base, attribute(both, 99, 1, 2)],
    ...all('taken'),
  },
  {
    what: 'a well-known attribute nobody knows',
    attributes: [...base, attribute(transitive, 99, 1, 2)],
    ...all('reset', 'reset', 'withdrawn'),
    why: 'RFC 4271 §6.3 ends the session, and RFC 7606 lets that stand; BIRD withdraws',
  },
  {
    what: 'an attribute that runs over',
    attributes: [...base, [both, 8, 40, 0, 1]],
    ...all('withdrawn', 'reset', 'withdrawn'),
    why: 'RFC 7606 §4 withdraws; FRR 8.4 ends the session',
  },
  { what: 'attributes that run over the message', attributes: base, excess: 60, ...all('reset') },
  { what: 'a prefix of 33 bits', attributes: base, nlri: [33, 203, 0, 113, 1, 1], ...all('reset') },
  { what: 'a prefix that runs over', attributes: base, nlri: [32, 203, 0, 113], ...all('reset') },
]
