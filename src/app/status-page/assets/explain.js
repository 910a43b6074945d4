/* The dialog that walks through the decisions on one Service. */
import { ask, badge, byId, element, empty, table } from './dom.js'

/** `namespace/name` of the Service in the dialog. */
let explained

export async function explain(service) {
  explained = service
  byId('explain-title').textContent = service
  await drawExplanation()
  if (!byId('explain').open) byId('explain').showModal()
}

/** Again while the dialog is open: what it says may have changed. */
export async function redrawExplanation() {
  if (byId('explain').open) await drawExplanation()
}

async function drawExplanation() {
  const body = byId('explain-body')
  try {
    const path = explained.split('/').map(encodeURIComponent).join('/')
    body.replaceChildren(...explanation(await ask(`api/v1/explain/${path}`)))
  } catch (error) {
    body.replaceChildren(empty(error.message))
  }
}

function explanation({ request, planned, announcers, cause, problems }) {
  const steps = [
    ['Request', requestText(request)],
    planned && ['Pool', planned.pool ?? 'none'],
    planned && ['Address', planned.addresses.join(', ') || 'none'],
    planned && ['Reason', `${planned.reason}: ${planned.message}`],
  ].filter(Boolean)
  const chain = steps.map(([name, text]) => element('li', {}, element('strong', {}, name), ` ${text}`))
  return [
    cause && causeBox(cause),
    element('ol', { class: 'chain' }, chain),
    ...announcers.filter(({ announcer }) => announcer !== undefined).flatMap(announcerPart),
    ...problems.map(({ object, field, message }) => element('p', {}, `${object} ${field}: ${message}`)),
  ].filter(Boolean)
}

function requestText({ pool, addresses, sharingKey, loadBalancerClass, ipFamilies, ...rest }) {
  const { ipFamilyPolicy, externalTrafficPolicy } = rest
  return [
    addresses ?? (pool === undefined ? 'any pool' : `pool ${pool}`),
    ipFamilies.join(' and '),
    ipFamilyPolicy,
    `externalTrafficPolicy ${externalTrafficPolicy}`,
    sharingKey && `sharing key ${sharingKey}`,
    loadBalancerClass && `class ${loadBalancerClass}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function causeBox({ reason, message, remedy, object }) {
  return element(
    'div',
    { class: 'cause' },
    element('div', {}, `${object === undefined ? '' : `${object}: `}${reason}: ${message}`),
    element('div', {}, `Remedy: ${remedy}`),
  )
}

function announcerPart({ announcer, election, nodes, announcements }) {
  const rows = nodes.map(({ node, announces, reason, message, rank, candidate }) => [
    node,
    rank === undefined ? '' : String(rank),
    announces ? badge('announces', 'good') : badge(reason, 'wait'),
    candidate === undefined ? '' : meritsOf(candidate),
    announces ? '' : message,
  ])
  const results = announcements.map(({ prefix, address, nodes: on, advertisement, interfaces, peers }) => [
    element('span', { class: 'address' }, prefix ?? address),
    on.join(', ') || 'some node',
    advertisement,
    [interfaces?.join(', '), peers?.join(', ')].filter(Boolean).join('; '),
  ])
  return [
    element('h3', {}, announcer),
    election === undefined
      ? undefined
      : element('p', {}, `${election.reason} for ${election.address}: ${election.message}`),
    table(`Nodes of ${announcer}`, ['Node', 'Rank', 'Result', 'Merits', 'Why'], rows),
    results.length === 0
      ? undefined
      : table(`Announcements of ${announcer}`, ['What', 'By', 'Because of', 'On or to'], results),
  ].filter(Boolean)
}

function meritsOf({ ready, hostsEndpoint, score, hash }) {
  return [
    ready ? 'Ready' : 'not Ready',
    hostsEndpoint ? 'hosts an endpoint' : 'no endpoint',
    `preference ${score}`,
    `${hash.slice(0, 12)}…`,
  ].join(', ')
}
