/* Why an address is not where a person asked for it, in words. */
import { nodeFault } from './claims.ts'
import type { Contest } from './contest.ts'
import type { Landscape } from './landscape.ts'
import { nodeMessage } from './messages.ts'
import type { Candidate } from '../election/order.ts'

interface Field {
  readonly contest: Contest
  readonly byNode: ReadonlyMap<string, Candidate>
}

/** What became of the wishes for other nodes than the winner: the end of a sentence, empty when there are none. */
export function unmetWishes(landscape: Landscape, { contest, byNode }: Field, winner: Candidate): string {
  const unmet = [...contest.wishes].filter((name) => name !== winner.node).sort()
  return unmet
    .map((name) => {
      const own = byNode.get(name)
      const why = own === undefined ? whyNoCandidate(landscape, contest, name) : whyPassedOver(own, winner)
      return `; ${name} was asked for, but ${why}`
    })
    .join('')
}

function whyNoCandidate(landscape: Landscape, { claims }: Contest, name: string): string {
  const node = landscape.nodes.get(name)
  if (node === undefined) return 'there is no such node'
  const claim = claims.find(({ service }) => service.wish === name)
  const fault = claim && nodeFault(landscape, claim, node)
  return claim === undefined || fault === undefined ? 'it may not announce' : nodeMessage(fault, claim, node)
}

/** Of a candidate that was asked for and is not the owner; its name comes before. */
export function whyPassedOver(
  { shut, draining, damped, ready, serves }: Candidate,
  winner: Candidate,
): string {
  if (shut > winner.shut) return 'it does not reach the address through its own proxy'
  if (draining) return 'it is being drained'
  if (!ready) return 'it is not Ready'
  if (damped) return 'it came back from the dead again and again lately'
  if (serves < winner.serves) return 'it can serve fewer of the Services that share the address'
  return winner.wished ? `so was ${winner.node}` : 'it cannot serve the Service that asks for it'
}
