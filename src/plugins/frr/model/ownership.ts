/* Which lines of a running configuration are Herald's, and which are the operator's. */
import { isOwner, neighborOf, subjectOf } from './grammar.ts'
import { line, type Line } from './line.ts'
import { isOwnName, ownDescription, ownShutdown } from './names.ts'

export interface Ownership {
  readonly own: readonly Line[]
  readonly foreign: readonly Line[]
}

/** What Herald sets for a whole router; in one that it shares, these lines are the operator's. */
const routerWide = new Set(['bgp router-id', 'bgp network import-check', 'bgp graceful-restart'])

export function divide(running: readonly Line[]): Ownership {
  const divided = running.map((top) => divideTop(top))
  return {
    own: divided.flatMap(({ own }) => own),
    foreign: divided.flatMap(({ foreign }) => foreign),
  }
}

function divideTop(top: Line): Ownership {
  const named = /^(?:route-map|(?:ip|ipv6) prefix-list) (\S+) /.exec(top.text)?.[1]
  if (named !== undefined) return isOwnName(named) ? { own: [top], foreign: [] } : { own: [], foreign: [top] }
  if (top.text.startsWith('router bgp ')) return divideRouter(top)
  if (top.text === 'bfd')
    return divideBody(top, ({ text }) => isOwnName(/^profile (\S+)$/.exec(text)?.[1] ?? ''))
  return { own: [], foreign: [top] }
}

function divideRouter(router: Line): Ownership {
  const ours = ownNeighbors(router.body)
  const isOurs = ({ text }: Line): boolean => {
    if (/^network \S+ route-map \S+$/.test(text)) return isOwnName(text.split(' ')[3] ?? '')
    return ours.has(neighborOf(text) ?? '')
  }
  const { own, foreign } = divideBody(withImplied(router, ours), isOurs)
  const others = foreign.flatMap(({ body }) => body).filter(({ text }) => !isRouterWide(text))
  if (own.length === 0 || others.length > 0) return { own, foreign }
  return { own: [withRouterWide(own[0] ?? router, foreign)], foreign: [] }
}

/** FRR activates IPv4 by itself and does not print it, unless told otherwise. */
function withImplied({ text, body }: Line, neighbors: ReadonlySet<string>): Line {
  if (body.some((one) => one.text === 'no bgp default ipv4-unicast')) return line(text, body)
  const implied = (inner: Line): Line => {
    if (inner.text !== 'address-family ipv4 unicast') return inner
    const said = new Set(inner.body.map((one) => subjectOf(one.text)))
    const unsaid = [...neighbors].filter((neighbor) => !said.has(`neighbor ${neighbor} activate`))
    return line(inner.text, [
      ...inner.body,
      ...unsaid.map((neighbor) => line(`neighbor ${neighbor} activate`)),
    ])
  }
  return line(text, body.map(implied))
}

function withRouterWide({ text, body }: Line, foreign: readonly Line[]): Line {
  return line(text, [...foreign.flatMap((one) => one.body), ...body])
}

function isRouterWide(text: string): boolean {
  return routerWide.has(subjectOf(text).replace(/ preserve-fw-state$/, ''))
}

function ownNeighbors(body: readonly Line[]): Set<string> {
  const mark = new RegExp(`^neighbor \\S+ (description ${ownDescription}|${ownShutdown}$)`)
  const marked = body.filter(({ text }) => mark.test(text))
  const exists = new Set(body.filter(({ text }) => isOwner(text)).map(({ text }) => neighborOf(text)))
  return new Set(
    marked.flatMap(({ text }) => neighborOf(text) ?? []).filter((neighbor) => exists.has(neighbor)),
  )
}

/** A context split in two: inner contexts are split as well, and left out where nothing remains. */
function divideBody({ text, body }: Line, isOurs: (inner: Line) => boolean): Ownership {
  const [own, foreign]: [Line[], Line[]] = [[], []]
  for (const inner of body) {
    if (inner.text.startsWith('address-family ')) {
      const parts = divideBody(inner, isOurs)
      own.push(...parts.own)
      foreign.push(...parts.foreign)
    } else {
      ;(isOurs(inner) ? own : foreign).push(inner)
    }
  }
  return {
    own: own.length === 0 ? [] : [line(text, own)],
    foreign: foreign.length === 0 ? [] : [line(text, foreign)],
  }
}
