/*
 * Who allocates, from one process's point of view. No clock is read and none compared between processes: the holder
 * touches its term file at every poll, and a follower counts its own polls during which nothing changed.
 *
 *   following ──no file yet, released, ours from an earlier life, or still for `patience` polls──► claiming
 *       ▲                                                                                    │
 *       ├── refused: somebody else was first ────────────────────────────────────────────────┤
 *       └── deposed: a higher term exists ──────────── holding ◄──── claimed ────────────────┘
 */
import type { TermFile } from './term-file.ts'

/** The highest term in the folder as one look at it shows it. */
export interface Sighting {
  readonly term: number
  /** Differs after every write and every renewal. */
  readonly mark: string
  readonly state: TermFile['state'] | 'corrupt' | 'foreign'
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
  | { readonly role: 'following'; readonly highest: number; readonly mark: string; readonly stillFor: number }
  | { readonly role: 'claiming'; readonly term: number }
  | { readonly role: 'holding'; readonly term: number }
  | { readonly role: 'left' }

export type TenureEvent =
  /** `poll`: our own rhythm; otherwise something in the folder moved. No sighting: no term file is there. */
  | { readonly type: 'looked'; readonly poll: boolean; readonly seen?: Sighting }
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

export const initialTenure: Tenure = { role: 'following', highest: 0, mark: '', stillFor: 0 }

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

function hold(term: number, { poll, seen }: Looked): TenureStep {
  if (seen !== undefined && seen.term > term) return stay(following(seen.term, seen.mark))
  const tenure: Tenure = { role: 'holding', term }
  if (seen === undefined || seen.term < term) return { tenure, effects: [{ type: 'restore', term }] }
  return { tenure, effects: poll ? [{ type: 'renew', term }] : [] }
}

function watch(
  tenure: Extract<Tenure, { role: 'following' }>,
  { poll, seen }: Looked,
  rules: TenureRules,
): TenureStep {
  const moved = seen !== undefined && (seen.term > tenure.highest || seen.mark !== tenure.mark)
  const stillFor = moved ? 0 : tenure.stillFor + (poll ? 1 : 0)
  const highest = Math.max(tenure.highest, seen?.term ?? 0)
  const next: Tenure = { role: 'following', highest, mark: seen?.mark ?? tenure.mark, stillFor }
  if (!rules.mayAllocate || seen?.state === 'foreign') return stay(next)
  const free = isFree(seen, tenure.highest === 0, rules)
  if (!free && stillFor < rules.patience) return stay(next)
  const term = highest + 1
  return { tenure: { role: 'claiming', term }, effects: [{ type: 'claim', term }] }
}

/**
 * Nobody can still be holding it: no waiting needed. At the first look the holder may be an earlier life of this very
 * node, which the new term fences; later it would be a second process under our name, and taking turns helps nobody.
 */
function isFree(seen: Sighting | undefined, firstLook: boolean, { self }: TenureRules): boolean {
  if (seen === undefined) return firstLook
  return seen.state === 'released' || (firstLook && seen.holder?.node === self.node)
}

function following(highest: number, mark = ''): Tenure {
  return { role: 'following', highest, mark, stillFor: 0 }
}

function stay(tenure: Tenure): TenureStep {
  return { tenure, effects: [] }
}
