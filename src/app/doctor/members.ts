/* Whether nodes hear each other: each speaker's own metrics say whom it believes alive. */
import { get, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getByTls } from 'node:https'

import { tokenNeeded } from '../metrics-access.ts'

import { fault, ok, unknown, warning, type Finding } from './finding.ts'

export interface Endpoint {
  readonly node: string
  readonly host: string
  readonly port: number
}

/** Undefined when nobody answers within two seconds. */
export type Scrape = (endpoint: Endpoint) => Promise<string | undefined>

const check = 'heartbeats'

export async function checkHeartbeats(
  endpoints: readonly Endpoint[],
  heartbeatPort: number,
  scrape: Scrape = scrapeMetrics,
): Promise<Finding[]> {
  const texts = await Promise.all(
    endpoints.map(async (endpoint) => [endpoint, await scrape(endpoint)] as const),
  )
  return texts.map(([{ node, host, port }, text]) => {
    if (text === undefined) {
      const remedy = `see whether the speaker on ${node} runs, and let this machine reach TCP port ${port} of it`
      return unknown(`${check} at ${node}`, `found no metrics at ${host}:${port}`, remedy)
    }
    return findingOf(node, text, heartbeatPort)
  })
}

function findingOf(node: string, text: string, port: number): Finding {
  const [alive, dead] = [valueOf(text, 'alive'), valueOf(text, 'dead')]
  const where = `${check} at ${node}`
  if (text.startsWith(tokenNeeded)) {
    const remedy = `forward port 7474 of the speaker on ${node}, and run herald status http://127.0.0.1:7474`
    return unknown(where, 'found metrics that are for those with a token', remedy)
  }
  if (alive === undefined) return unknown(where, 'found metrics of something else than a speaker')
  const others = alive + (dead ?? 0)
  if (dead === undefined || dead === 0)
    return ok(where, others <= 1 ? 'no other node' : `hears every node of ${others}`)
  const remedy = `allow UDP port ${port} between the nodes in both directions, and see that all have the same heartbeat key`
  // It counts itself.
  return alive <= 1
    ? fault(where, `hears none of the ${others - 1} others: all would answer for the same addresses`, remedy)
    : warning(where, `does not hear ${dead} of ${others} nodes`, remedy)
}

function valueOf(text: string, state: string): number | undefined {
  const match = new RegExp(`^herald_members\\{[^}]*state="${state}"[^}]*\\} (\\d+)`, 'm').exec(text)
  return match === null ? undefined : Number(match[1])
}

async function scrapeMetrics(endpoint: Endpoint): Promise<string | undefined> {
  return (await scrapeBy(get, endpoint)) ?? scrapeBy(getSecurely, endpoint)
}

/** Whose certificate it is does not matter: nothing is told to it, and what it says is no secret. */
const getSecurely = (options: RequestOptions, callback: (response: IncomingMessage) => void): ClientRequest =>
  getByTls({ ...options, rejectUnauthorized: false }, callback)

function scrapeBy(by: typeof getSecurely, { host, port }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = by({ host, port, path: '/metrics', timeout: 2000 }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
      response.on('error', () => resolve(undefined))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}
