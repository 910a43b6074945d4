/* The table of Services, a page at a time. */
import { badge, byId, element, timeOf } from './dom.js'
import { explain } from './explain.js'

const moods = { announced: 'good', silent: 'bad', pending: 'wait', elsewhere: 'wait' }

export function drawServices({ total, offset, items }) {
  byId('matches').textContent = byId('search').value === '' ? '' : `${total} found`
  byId('range').textContent = total === 0 ? 'none' : `${offset + 1}–${offset + items.length} of ${total}`
  byId('previous').disabled = offset === 0
  byId('next').disabled = offset + items.length >= total
  byId('service-rows').replaceChildren(...items.map(serviceRow))
}

function serviceRow({ service, addresses, pool, reason, message, state, announcements }) {
  // Whoever was elected where nobody looks is believed to serve.
  const serving = announcements.filter(({ phase }) => phase === 'serving' || phase === 'elected')
  const nodes = [...new Set(serving.map(({ node }) => node))]
  const through = [
    ...new Set(serving.map(({ announcer, via }) => `${announcer} ${(via ?? []).join(', ')}`.trim())),
  ]
  const since = serving
    .map((one) => one.since)
    .filter(Boolean)
    .sort()
    .at(-1)
  // Whoever should announce it knows better why nobody does.
  const failing = announcements.find((one) => one.phase !== 'serving' && one.reason !== undefined)
  const cause = state === 'silent' && failing !== undefined ? failing : { reason, message }
  const why =
    state === 'pending' || state === 'silent'
      ? element('span', { class: 'reason' }, [cause.reason, cause.message].filter(Boolean).join(': '))
      : undefined
  const open = element('button', { type: 'button', class: 'link', onclick: () => explain(service) }, service)
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, open),
    element('td', {}, badge(state, moods[state]), why),
    element(
      'td',
      {},
      addresses.map((address) => element('div', { class: 'address' }, address)),
    ),
    element('td', {}, pool ?? ''),
    element('td', {}, nodes.join(', ')),
    element(
      'td',
      {},
      through.map((text) => element('div', {}, text)),
    ),
    element('td', {}, timeOf(since)),
  )
}
