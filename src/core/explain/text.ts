/* The explanation for people. */
import type { AnnouncerExplanation, NodeExplanation } from './announcers.ts'
import type { Explanation } from './explanation.ts'
import type { Request } from './request.ts'
import { aligned, plain, type Paint } from '../plan/paint.ts'

/** Characters of a hash that are shown: enough to see which is lower. */
const shownHash = 12

/** Ends with a line feed. */
export function explanationText(explanation: Explanation, paint: Paint = plain): string {
  const reached = explanation.announcers.filter(({ announcer }) => announcer !== undefined)
  const sections = [
    stepLines(explanation, paint),
    ...reached.map((announcer) => announcerLines(announcer, paint)),
    problemLines(explanation, paint),
    causeLines(explanation, paint),
  ]
  const shown = sections.filter((lines) => lines.length > 0)
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function stepLines({ service, request, planned, cause }: Explanation, paint: Paint): string[] {
  const steps = [['request', requestText(request)]]
  if (planned?.pool !== undefined) steps.push(['pool', planned.pool])
  if (planned !== undefined) steps.push(['address', addressText(planned.addresses, paint)])
  if (planned !== undefined && planned.message !== cause?.message) {
    steps.push(['', `${planned.reason}: ${planned.message}`])
  }
  return [paint.strong(service), ...aligned(steps, '  ')]
}

/** What the cause says already is not repeated. */
function problemLines({ problems, cause }: Explanation, paint: Paint): string[] {
  const others = problems.filter(({ message }) => cause?.message.includes(message) !== true)
  if (others.length === 0) return []
  return [
    paint.strong('problems'),
    ...others.map(({ object, field, message }) => `  ${object} ${field}: ${message}`),
  ]
}

function causeLines({ cause }: Explanation, paint: Paint): string[] {
  if (cause === undefined) return []
  const object = cause.object === undefined ? '' : `${cause.object}: `
  return [
    `${paint.bad('cause')}   ${object}${cause.reason}: ${cause.message}`,
    `${paint.good('remedy')}  ${cause.remedy}`,
  ]
}

function requestText(request: Request): string {
  const { pool, addresses, sharingKey, loadBalancerClass, ipFamilies } = request
  return [
    addresses ?? (pool === undefined ? 'any pool' : `pool ${pool}`),
    ...(ipFamilies.length === 0 ? [] : [ipFamilies.join(' and ')]),
    request.ipFamilyPolicy,
    `externalTrafficPolicy ${request.externalTrafficPolicy}`,
    ...(sharingKey === undefined ? [] : [`sharing key ${JSON.stringify(sharingKey)}`]),
    ...(loadBalancerClass === undefined ? [] : [`class ${loadBalancerClass}`]),
  ].join(', ')
}

function addressText(addresses: readonly string[], paint: Paint): string {
  return addresses.length === 0 ? paint.bad('none') : paint.good(addresses.join(', '))
}

function announcerLines(found: AnnouncerExplanation, paint: Paint): string[] {
  const { announcer = '', election, nodes, announcements } = found
  const results = announcements.map(({ prefix, address, nodes, advertisement, interfaces, peers }) => [
    prefix ?? address,
    nodes.length === 0 ? 'some node' : nodes.join(', '),
    advertisement,
    [interfaces && `on ${interfaces.join(', ')}`, peers && `to ${peers.join(', ')}`]
      .filter(Boolean)
      .join('; '),
  ])
  return [
    paint.strong(announcer),
    ...(election === undefined ? [] : [`  ${election.reason} for ${election.address}: ${election.message}`]),
    ...aligned(nodes.map(nodeCells), '  '),
    ...aligned(results, '  → '),
  ]
}

function nodeCells({ node, announces, reason, message, rank, candidate }: NodeExplanation): string[] {
  const merits =
    candidate === undefined
      ? ''
      : [
          candidate.ready ? 'Ready' : 'not Ready',
          candidate.hostsEndpoint ? 'hosts an endpoint' : 'no endpoint',
          `preference ${candidate.score}`,
          `${candidate.hash.slice(0, shownHash)}…`,
        ].join(', ')
  return [
    rank === undefined ? '-' : String(rank),
    node,
    merits,
    announces ? 'announces' : `${reason}: ${message}`,
  ]
}
