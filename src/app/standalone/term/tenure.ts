/*
 * Who allocates, from one process's point of view. No clock is read and none compared between processes: the holder
 * gives a sign of life at every poll, and a follower counts its own polls during which nothing changed.
 *
 *   following ──no file yet, released, ours from before, not heard, or still for `patience` polls──► claiming
 *       ▲                                                                                    │
 *       ├── refused: somebody else was first ────────────────────────────────────────────────┤
 *       └── deposed: a higher term exists ──────────── holding ◄──── claimed ────────────────┘
 */
import type { TermFile, TermFileFault } from './term-file.ts'

/** The highest term in the folder as one look at it shows it. */
export interface Sighting {
  readonly term: number
  /** Differs after every write and every sign of life. */
  readonly mark: string
  readonly state: TermFile['state'] | TermFileFault['fault']
  readonly holder?: { readonly node: string; readonly boot: string }
}

export interface TenureRules {
  readonly self: { readonly node: string; readonly boot: string }
  /** False for `--follow`: never claims. */
  readonly mayAllocate: boolean
  /** Polls without a change after which the holder counts as gone. */
  readonly patience: number
}

export type Tenure =
  | {
      readonly role: 'following'
      readonly highest: number
      readonly mark: string
      readonly stillFor: number
      /**
       * Its holder began this term while its heartbeats were silent: the network is divided and the folder is not. Only
       * signs of life in the folder count, or two nodes would take the term from each other without end.
       */
      readonly unheard: boolean
    }
  | { readonly role: 'claiming'; readonly term: number }
  | { readonly role: 'holding'; readonly term: number }
  | { readonly role: 'left' }

export type TenureEvent =
  /**
   * `poll`: our own rhythm; otherwise something moved. No sighting: no term file is there. `holderLost`: its node was
   * heard once and is not any more; if that is an error, the new term fences it all the same.
   */
  | {
      readonly type: 'looked'
      readonly poll: boolean
      readonly seen?: Sighting
      readonly holderLost?: boolean
    }
  | { readonly type: 'claimed'; readonly term: number }
  /** Somebody else was first, or the folder cannot be written. */
  | { readonly type: 'refused' }
  | { readonly type: 'leave' }

export type TenureEffect =
  | { readonly type: 'claim'; readonly term: number }
  | { readonly type: 'renew'; readonly term: number }
  /** Our term file is gone or overwritten by an older folder: write it again. */
  | { readonly type: 'restore'; readonly term: number }
  | { readonly type: 'release'; readonly term: number }

export interface TenureStep {
  readonly tenure: Tenure
  readonly effects: readonly TenureEffect[]
}

export const initialTenure: Tenure = following(0)

export function transition(tenure: Tenure, event: TenureEvent, rules: TenureRules): TenureStep {
  switch (event.type) {
    case 'looked':
      return onLooked(tenure, event, rules)
    case 'claimed':
      return stay(tenure.role === 'claiming' ? { role: 'holding', term: event.term } : tenure)
    case 'refused':
      return stay(tenure.role === 'claiming' ? following(tenure.term - 1) : tenure)
    case 'leave':
      return {
        tenure: { role: 'left' },
        effects: tenure.role === 'holding' ? [{ type: 'release', term: tenure.term }] : [],
      }
  }
}

type Looked = Extract<TenureEvent, { type: 'looked' }>
type Following = Extract<Tenure, { role: 'following' }>

function onLooked(tenure: Tenure, event: Looked, rules: TenureRules): TenureStep {
  switch (tenure.role) {
    case 'following':
      return watch(tenure, event, rules)
    case 'holding':
      return hold(tenure.term, event)
    case 'claiming':
    case 'left':
      return stay(tenure)
  }
}

function hold(term: number, { poll, seen, holderLost }: Looked): TenureStep {
  if (seen !== undefined && seen.term > term)
    return stay({ ...following(seen.term, seen.mark), unheard: holderLost === true })
  const tenure: Tenure = { role: 'holding', term }
  if (seen === undefined || seen.term < term) return { tenure, effects: [{ type: 'restore', term }] }
  return { tenure, effects: poll ? [{ type: 'renew', term }] : [] }
}

function watch(tenure: Following, looked: Looked, rules: TenureRules): TenureStep {
  const next = afterLook(tenure, looked)
  const { seen, holderLost } = looked
  if (!rules.mayAllocate || seen?.state === 'foreign') return stay(next)
  const silent = (holderLost === true && !next.unheard) || next.stillFor >= rules.patience
  if (!silent && !isFree(seen, tenure.highest === 0, rules)) return stay(next)
  const term = next.highest + 1
  return { tenure: { role: 'claiming', term }, effects: [{ type: 'claim', term }] }
}

function afterLook(
  { highest, mark, stillFor, unheard }: Following,
  { poll, seen, holderLost }: Looked,
): Following {
  const fresh = seen !== undefined && seen.term > highest
  const moved = fresh || (seen !== undefined && seen.mark !== mark)
  return {
    role: 'following',
    highest: Math.max(highest, seen?.term ?? 0),
    mark: seen?.mark ?? mark,
    stillFor: moved ? 0 : stillFor + (poll ? 1 : 0),
    unheard: holderLost === true && (fresh || unheard),
  }
}

/**
 * Nobody can still be holding it: no waiting needed. At the first look the holder may be an earlier life of this very
 * node, which the new term fences; later it would be a second process under our name, and taking turns helps nobody.
 */
function isFree(seen: Sighting | undefined, firstLook: boolean, { self }: TenureRules): boolean {
  if (seen === undefined) return firstLook
  return seen.state === 'released' || (firstLook && seen.holder?.node === self.node)
}

function following(highest: number, mark = ''): Following {
  return { role: 'following', highest, mark, stillFor: 0, unheard: false }
}

function stay(tenure: Tenure): TenureStep {
  return { tenure, effects: [] }
}
