/* Publishes each address as A or AAAA records: SERVICE.NAMESPACE.ZONE, at a DNS server that takes signed updates. */
import { readFile, writeFile } from 'node:fs/promises'

import {
  ConfigError,
  definePlugin,
  familyOf,
  FenceWatch,
  type Announcer,
  type AnnouncerHost,
  type DesiredState,
  type Target,
  type TargetStatus,
} from 'heraldlb'

import { put, remove, type Name } from './zone.js'

interface Config {
  readonly server: string
  readonly port: number
  readonly zone: string
  readonly keyName: string
  /** Name of the Secret whose `secret` is the key in base64, as tsig-keygen prints it. */
  readonly keySecret: string
  /** File with the names that this node has published, so that a new run removes what an earlier one left behind. */
  readonly state: string
}

const phases = { arm: 'armed', serve: 'serving', retire: 'silent' } as const

export default definePlugin<Config>({
  api: 1,
  name: 'dns-rfc2136',
  version: '1.0.0',
  placement: 'one-node',
  fencing: 'message',
  resources: [],
  optionsSchema: {
    type: 'object',
    properties: { ttl: { type: 'integer', minimum: 1, maximum: 86_400, default: 30 } },
    additionalProperties: false,
  },
  unsupported: [],
  parseConfig(input) {
    const { server, port = 53, zone, keyName, keySecret, state } = (input ?? {}) as Partial<Config>
    for (const [field, text] of Object.entries({ server, zone, keyName, keySecret, state }))
      if (typeof text !== 'string' || text === '') throw fault(field, text, 'a text')
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw fault('port', port, '1 to 65535')
    return { server, port, zone, keyName, keySecret, state } as Config
  },
  create: (config, host) => new DnsAnnouncer(config, host),
})

class DnsAnnouncer implements Announcer {
  readonly #config: Config
  readonly #host: AnnouncerHost
  readonly #watch: FenceWatch
  /** By name; those of an earlier run have no records. */
  readonly #published = new Map<string, Name>()
  #targets: readonly Target[] = []
  #running: Promise<unknown> = Promise.resolve()

  constructor(config: Config, host: AnnouncerHost) {
    this.#config = config
    this.#host = host
    const { fence, clock, log } = host
    const failed = (cause: unknown): void => log.warn('names stay published', { cause: String(cause) })
    const changed = (): void => void this.#converge(new AbortController().signal).catch(failed)
    this.#watch = new FenceWatch({ fence, clock, changed })
  }

  async open(signal: AbortSignal): Promise<void> {
    const kept = await readFile(this.#config.state, 'utf8').catch(() => '[]')
    for (const name of JSON.parse(kept) as string[]) this.#published.set(name, { name, ttl: 0, records: [] })
    await this.#converge(signal)
  }

  /** Rejects when the DNS server does not take all of it: then the host tries again. */
  async reconcile({ generation, targets }: DesiredState, signal: AbortSignal) {
    this.#targets = targets
    this.#watch.watch(targets)
    await this.#converge(signal)
    return { generation, targets: targets.map((target) => this.#statusOf(target)) }
  }

  async close(): Promise<void> {
    this.#watch.stop()
    await this.#running
  }

  /** One at a time, since a fence that closes does not wait for a reconcile. */
  #converge(signal: AbortSignal): Promise<void> {
    const turn = this.#running.then(() => this.#publish(signal))
    this.#running = turn.catch(() => undefined)
    return turn
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const wanted = this.#wanted()
    const names = [...new Set([...this.#published.keys(), ...wanted.keys()])]
    const changed = names.filter((name) => text(this.#published.get(name)) !== text(wanted.get(name)))
    if (changed.length === 0) return
    await writeFile(this.#config.state, JSON.stringify(names), { signal })
    const zone = await this.#zone()
    const refused: string[] = []
    for (const name of changed) {
      const wish = wanted.get(name)
      const rcode = await (wish === undefined ? remove(zone, name, signal) : put(zone, wish, signal))
      if (rcode !== 'NOERROR') refused.push(`the server refused ${name}: ${rcode}`)
      else if (wish === undefined) this.#published.delete(name)
      else this.#published.set(name, wish)
    }
    if (refused.length > 0) throw new Error(refused.join('; '))
  }

  /** By name: a Service with several addresses has all of them under its one. */
  #wanted(): Map<string, Name> {
    const names = new Map<string, Name>()
    for (const { address, services, offers, stage, grant } of this.#targets) {
      if (stage !== 'serve' || (grant !== undefined && !this.#host.fence.permits(grant))) continue
      const type = familyOf(address) === 'IPv4' ? 'A' : 'AAAA'
      const ttls = offers.map(({ options }) => Number(options['ttl'] ?? 30))
      for (const service of services) {
        const name = `${service.name.split('/').reverse().join('.')}.${this.#config.zone}`
        const { ttl = Infinity, records = [] } = names.get(name) ?? {}
        names.set(name, { name, ttl: Math.min(ttl, ...ttls), records: [...records, { type, data: address }] })
      }
    }
    return names
  }

  #statusOf({ address, stage }: Target): TargetStatus {
    const holding = [...this.#published.values()].filter(({ records }) =>
      records.some(({ data }) => data === address),
    )
    if (stage === 'serve' && holding.length === 0) return { address, phase: 'pending', reason: 'FenceClosed' }
    return { address, phase: phases[stage], via: holding.map(({ name }) => name) }
  }

  /** The key is asked for each time: it may have been changed meanwhile. */
  async #zone() {
    const { server: host, port, zone, keyName, keySecret } = this.#config
    const { secret } = await this.#host.secret({ name: keySecret })
    if (secret === undefined) throw new Error(`Secret ${keySecret} has no secret`)
    const key = { name: keyName, secret: Buffer.from(Buffer.from(secret).toString(), 'base64') }
    return { host, port, zone, key, node: this.#host.node }
  }
}

const text = (name: Name | undefined): string => JSON.stringify(name) ?? ''

function fault(field: string, found: unknown, allowed: string): ConfigError {
  return new ConfigError({ path: `dns-rfc2136.${field}`, found: JSON.stringify(found) ?? 'nothing', allowed })
}
