/* The status page: asks the JSON beneath it, draws, and asks again when the server says that something changed. */
import { ask, byId } from './dom.js'
import { redrawExplanation } from './explain.js'
import { drawOverview } from './overview.js'
import { drawServices } from './services.js'

const pageSize = 100
const sections = ['services', 'nodes', 'pools', 'peers', 'timeline', 'problems']

/** What the reader has chosen to see. */
const shown = { search: '', offset: 0 }

let drawing = false
let again = false

/** One refresh at a time; a change meanwhile leads to one more. */
async function refresh() {
  if (drawing) {
    again = true
    return
  }
  drawing = true
  try {
    const { search, offset } = shown
    const query = new URLSearchParams({ search, offset, limit: pageSize })
    const [overview, page] = await Promise.all([ask('api/v1/overview'), ask(`api/v1/services?${query}`)])
    drawOverview(overview)
    drawServices(page)
    await redrawExplanation()
    connected(true, `as of ${new Date().toLocaleTimeString()}`)
  } catch (error) {
    connected(false, error.message)
  } finally {
    drawing = false
    if (again) {
      again = false
      void refresh()
    }
  }
}

/** Said to a screen reader only when it changes between well and unwell. */
function connected(well, text) {
  const line = byId('connection')
  line.classList.toggle('lost', !well)
  line.textContent = well ? text : `no answer: ${text}`
  line.setAttribute('aria-live', well ? 'off' : 'polite')
}

function listen() {
  const feed = new EventSource('api/v1/changes')
  feed.addEventListener('changed', () => void refresh())
  feed.addEventListener('open', () => void refresh())
  feed.addEventListener('error', () => connected(false, 'the process is away; trying again'))
}

function showSection() {
  const wanted = location.hash.slice(1)
  const section = sections.includes(wanted) ? wanted : 'services'
  for (const name of sections) byId(name).hidden = name !== section
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${section}`) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

function turnTo(offset) {
  shown.offset = Math.max(0, offset)
  void refresh()
}

function isDark() {
  const chosen = document.documentElement.dataset.theme
  return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark'
}

function nameTheme() {
  byId('theme').textContent = isDark() ? 'Light' : 'Dark'
}

function start() {
  byId('search-form').addEventListener('submit', (event) => event.preventDefault())
  byId('search').addEventListener('input', ({ target }) => {
    shown.search = target.value
    turnTo(0)
  })
  byId('previous').addEventListener('click', () => turnTo(shown.offset - pageSize))
  byId('next').addEventListener('click', () => turnTo(shown.offset + pageSize))
  byId('explain-close').addEventListener('click', () => byId('explain').close())
  byId('theme').addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark'
    nameTheme()
  })
  window.addEventListener('hashchange', showSection)
  nameTheme()
  showSection()
  listen()
}

start()
