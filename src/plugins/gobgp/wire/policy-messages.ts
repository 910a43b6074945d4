/* The messages of GoBGP's API about policies, the sets they match on and where they apply: as in messages.ts. */
import { bool, many, message, nested, text, texts, uint, type Message } from './protobuf.ts'

export interface DefinedSet {
  readonly type: number
  readonly name: string
  readonly list: readonly string[]
  readonly prefixes: readonly SetPrefix[]
}

interface SetPrefix {
  readonly ipPrefix: string
  readonly maskLengthMin: number
  readonly maskLengthMax: number
}

const definedSet: Message<DefinedSet> = message<DefinedSet>({
  type: uint(1),
  name: text(2),
  list: texts(3),
  prefixes: many(
    4,
    message<SetPrefix>({ ipPrefix: text(1), maskLengthMin: uint(2), maskLengthMax: uint(3) }),
  ),
})

/** Of AddDefinedSet, and what ListDefinedSet answers. */
export const definedSetHolder: Message<{ set: DefinedSet | undefined }> = message({
  set: nested(1, definedSet),
})

export const deleteDefinedSet: Message<{ set: DefinedSet | undefined; all: boolean }> = message({
  set: nested(1, definedSet),
  all: bool(2),
})

export const listDefinedSets: Message<{ type: number }> = message({ type: uint(1) })

interface MatchSet {
  readonly type: number
  readonly name: string
}

interface CommunityAction {
  readonly type: number
  readonly communities: readonly string[]
}

const matchSet: Message<MatchSet> = message({ type: uint(1), name: text(2) })
const communityAction: Message<CommunityAction> = message({ type: uint(1), communities: texts(2) })

export interface PolicyStatement {
  readonly name: string
  readonly conditions:
    | {
        readonly prefixSet: MatchSet | undefined
        readonly neighborSet: MatchSet | undefined
        readonly largeCommunitySet: MatchSet | undefined
      }
    | undefined
  readonly actions:
    | {
        readonly routeAction: number
        readonly community: CommunityAction | undefined
        readonly nextHop: { readonly address: string } | undefined
        readonly localPref: { readonly value: number } | undefined
        readonly largeCommunity: CommunityAction | undefined
      }
    | undefined
}

const statement: Message<PolicyStatement> = message<PolicyStatement>({
  name: text(1),
  conditions: nested(
    2,
    message({
      prefixSet: nested(1, matchSet),
      neighborSet: nested(2, matchSet),
      largeCommunitySet: nested(9, matchSet),
    }),
  ),
  actions: nested(
    3,
    message({
      routeAction: uint(1),
      community: nested(2, communityAction),
      nextHop: nested(6, message({ address: text(1) })),
      localPref: nested(7, message({ value: uint(1) })),
      largeCommunity: nested(8, communityAction),
    }),
  ),
})

export interface Policy {
  readonly name: string
  readonly statements: readonly PolicyStatement[]
}

const policy: Message<Policy> = message({ name: text(1), statements: many(2, statement) })

/** Of AddPolicy, and what ListPolicy answers. */
export const policyHolder: Message<{ policy: Policy | undefined }> = message({ policy: nested(1, policy) })

/** The statements go, the policy stays, and with it its place in the assignment. */
export const deleteStatements: Message<{ policy: Policy | undefined }> = message({
  policy: nested(1, policy),
})

/** Forgets a statement that no policy holds any more. */
export const forgetStatement: Message<{ statement: PolicyStatement | undefined; all: boolean }> = message({
  statement: nested(1, statement),
  all: bool(2),
})

export interface PolicyAssignment {
  readonly name: string
  readonly direction: number
  readonly policies: readonly Policy[]
}

const assignment: Message<PolicyAssignment> = message({
  name: text(1),
  direction: uint(2),
  policies: many(4, policy),
})

export const listAssignments: Message<{ name: string; direction: number }> = message({
  name: text(1),
  direction: uint(2),
})

/** Of SetPolicyAssignment, and what ListPolicyAssignment answers. */
export const assignmentHolder: Message<{ assignment: PolicyAssignment | undefined }> = message({
  assignment: nested(1, assignment),
})
