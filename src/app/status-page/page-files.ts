/* The files of the page, which the bundle carries as text. */
import dom from './assets/dom.js?text'
import explain from './assets/explain.js?text'
import overview from './assets/overview.js?text'
import style from './assets/page.css?text'
import page from './assets/page.html?text'
import start from './assets/page.js?text'
import services from './assets/services.js?text'

export interface Answer {
  readonly status: number
  /** Media type. */
  readonly type: string
  readonly body: string
}

/** By path. */
export const pageFiles: Readonly<Record<string, Answer>> = {
  '/': file('text/html', page),
  '/page.css': file('text/css', style),
  ...Object.fromEntries(
    Object.entries({ page: start, dom, overview, services, explain }).map(([name, text]) => [
      `/${name}.js`,
      file('text/javascript', text),
    ]),
  ),
}

function file(type: string, body: string): Answer {
  return { status: 200, type: `${type}; charset=utf-8`, body }
}
