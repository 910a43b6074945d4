/* Paths to answers: the page's files, and JSON for the page, `herald status` and scripts (docs/status-page.md). */
import type { NodeView } from '../node/view/node-view.ts'
import { pageFiles, type Answer } from './page-files.ts'
import { overviewOf } from './overview.ts'
import { pageOf, serviceRows, type ServiceQuery, type ServiceRow } from './service-rows.ts'
import type { Elsewhere, StatusSource } from './source.ts'
import { statusDocument } from './status-document.ts'

const largestPage = 500
const usualPage = 100

export async function answerFor(url: URL, source: StatusSource): Promise<Answer> {
  const file = pageFiles[url.pathname]
  if (file !== undefined) return file
  const own = source.own()
  if (own === undefined) return json(503, { error: 'nothing was decided yet' })
  const [, api, version, what, ...rest] = url.pathname.split('/')
  if (api !== 'api' || version !== 'v1') return notFound
  switch (what) {
    case 'status':
      return json(200, statusDocument(await source.views()))
    case 'overview':
      return json(200, await overview(source, own))
    case 'services':
      return servicesAnswer(url.searchParams, await rowsOf(source))
    case 'explain':
      return explainAnswer(rest, source)
    default:
      return notFound
  }
}

async function overview(source: StatusSource, own: NodeView) {
  const views = await source.views()
  return overviewOf(views, own, await rowsOf(source))
}

interface Made {
  readonly elsewhere: Elsewhere | undefined
  readonly rows: readonly ServiceRow[]
}

/** Made once for each list of views: scrolling through 10,000 Services asks many times for the same. */
const rowsByViews = new WeakMap<readonly NodeView[], Made>()

async function rowsOf(source: StatusSource): Promise<readonly ServiceRow[]> {
  const [views, elsewhere] = [await source.views(), await source.elsewhere?.()]
  const known = rowsByViews.get(views)
  if (known !== undefined && known.elsewhere === elsewhere) return known.rows
  const rows = serviceRows(views, elsewhere)
  rowsByViews.set(views, { elsewhere, rows })
  return rows
}

function servicesAnswer(parameters: URLSearchParams, rows: readonly ServiceRow[]): Answer {
  const query = queryFrom(parameters)
  return typeof query === 'string' ? json(400, { error: query }) : json(200, pageOf(rows, query))
}

function queryFrom(parameters: URLSearchParams): ServiceQuery | string {
  const offset = wholeNumber(parameters.get('offset') ?? '0')
  const limit = wholeNumber(parameters.get('limit') ?? String(usualPage))
  if (offset === undefined) return `offset: found ${parameters.get('offset')}, allowed: a whole number`
  if (limit === undefined || limit < 1 || limit > largestPage)
    return `limit: found ${parameters.get('limit')}, allowed: 1 to ${largestPage}`
  return { search: parameters.get('search') ?? '', offset, limit }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function explainAnswer(path: readonly string[], source: StatusSource): Answer {
  const service = path.join('/')
  const explanation = source.explain(service)
  if (explanation === undefined) return json(404, { error: `there is no Service ${service}` })
  return json(200, explanation)
}

const notFound = json(404, {
  error: 'there is /api/v1/overview, services, explain/NAMESPACE/NAME, status and changes',
})

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` }
}
