import { compareText } from '../model/collections.ts'

/** The first move to each heir, then the second to each, and so on, so that none has to take in a crowd; heirs by name. */
export function takingTurns<Move extends { readonly to: string }>(moves: readonly Move[]): Move[] {
  const taken = new Map<string, number>()
  const placed = moves.map((move) => {
    const turn = taken.get(move.to) ?? 0
    taken.set(move.to, turn + 1)
    return { move, turn }
  })
  placed.sort((a, b) => a.turn - b.turn || compareText(a.move.to, b.move.to))
  return placed.map(({ move }) => move)
}
