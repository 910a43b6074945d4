/*
 * The addresses in use, as they are kept in the folder. One file per term: whoever starts to allocate opens a new
 * term, and only the highest one counts. docs/adr/0003-standalone-state.md says why.
 */
import { parseAddress, type Address } from '#core/model/address.ts'

export interface HeldAddresses {
  readonly pool?: string
  /** In the order of `status.loadBalancer.ingress`; never empty. */
  readonly addresses: readonly Address[]
}

/** By `namespace/name`. */
export type Holdings = ReadonlyMap<string, HeldAddresses>

export interface TermFile {
  readonly term: number
  readonly holder: { readonly node: string; readonly boot: string }
  /** `claimed`: taken, content not copied yet. `open`: in use. `released`: its holder stopped in good order. */
  readonly state: 'claimed' | 'open' | 'released'
  readonly services: Holdings
}

/** `empty`: just made, its content is on the way. `foreign`: by a newer program, which an older one must not overrule. */
export type TermFileFault = { readonly fault: 'empty' | 'corrupt' | 'foreign'; readonly message: string }

const format = 1
const states: readonly string[] = ['claimed', 'open', 'released']

export function formatTermFile(file: TermFile): string {
  const services = Object.fromEntries([...file.services].sort(([a], [b]) => (a < b ? -1 : 1)))
  return `${JSON.stringify({ format, ...file, services }, undefined, 1)}\n`
}

/** Total: any text gives a file or says what is wrong with it. */
export function parseTermFile(text: string): TermFile | TermFileFault {
  if (text === '') return { fault: 'empty', message: 'is empty' }
  const value = jsonObject(text)
  if (value === undefined) return corrupt('not a JSON object')
  if (value['format'] !== format) {
    return typeof value['format'] === 'number'
      ? { fault: 'foreign', message: `has format ${value['format']}, this program reads format ${format}` }
      : corrupt('no format number')
  }
  const { term, holder, state } = value
  if (!Number.isSafeInteger(term)) return corrupt('no term number')
  if (!isRecord(holder) || typeof holder['node'] !== 'string' || typeof holder['boot'] !== 'string')
    return corrupt('no holder')
  if (typeof state !== 'string' || !states.includes(state)) return corrupt('no state')
  const services = parseHoldings(value['services'])
  if (services === undefined) return corrupt('services are not addresses by name')
  return {
    term: term as number,
    holder: { node: holder['node'], boot: holder['boot'] },
    state: state as TermFile['state'],
    services,
  }
}

/** Order within a Service counts, order of Services does not. */
export function sameHoldings(a: Holdings, b: Holdings): boolean {
  if (a.size !== b.size) return false
  for (const [service, { pool, addresses }] of a) {
    const other = b.get(service)
    if (other === undefined || other.pool !== pool) return false
    if (other.addresses.join() !== addresses.join()) return false
  }
  return true
}

function parseHoldings(value: unknown): Holdings | undefined {
  if (!isRecord(value)) return undefined
  const holdings = new Map<string, HeldAddresses>()
  for (const [service, held] of Object.entries(value)) {
    const parsed = parseHeld(held)
    if (parsed === undefined) return undefined
    holdings.set(service, parsed)
  }
  return holdings
}

function parseHeld(value: unknown): HeldAddresses | undefined {
  if (!isRecord(value) || !Array.isArray(value['addresses']) || value['addresses'].length === 0)
    return undefined
  const addresses = value['addresses'].map((text) =>
    typeof text === 'string' ? parseAddress(text) : undefined,
  )
  if (!addresses.every((address) => address !== undefined)) return undefined
  const { pool } = value
  if (pool !== undefined && typeof pool !== 'string') return undefined
  return pool === undefined ? { addresses } : { pool, addresses }
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function corrupt(message: string): TermFileFault {
  return { fault: 'corrupt', message }
}
