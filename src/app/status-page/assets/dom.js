/* What every part of the page draws with. */

export const byId = (id) => document.getElementById(id)

/** An element; children are elements or text, which is never read as HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    if (key === 'onclick') made.addEventListener('click', value)
    else made.setAttribute(key, value)
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== ''))
  return made
}

export const badge = (text, mood) => element('span', { class: `state ${mood}` }, text)

export const empty = (text) => element('p', { class: 'empty' }, text)

export function table(caption, headings, rows) {
  if (rows.length === 0) return empty(`No ${caption.toLowerCase()}.`)
  const head = element(
    'tr',
    {},
    headings.map((heading) => element('th', { scope: 'col' }, heading)),
  )
  const body = rows.map(([first, ...cells]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, first),
      cells.map((cell) => element('td', {}, cell ?? '')),
    ),
  )
  return element(
    'div',
    { class: 'table', tabindex: '0', role: 'region', 'aria-label': caption },
    element('table', {}, element('thead', {}, head), element('tbody', {}, body)),
  )
}

export function timeOf(instant) {
  if (instant === undefined) return ''
  const date = new Date(instant)
  const today = date.toDateString() === new Date().toDateString()
  const text = today ? date.toLocaleTimeString() : date.toLocaleString()
  return element('time', { datetime: date.toISOString(), title: date.toISOString() }, text)
}

export async function ask(path) {
  const response = await fetch(path, { headers: { accept: 'application/json' } })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error ?? response.statusText)
  return answer
}
