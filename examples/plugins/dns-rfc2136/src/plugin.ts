/* Publishes each address as A or AAAA records: SERVICE.NAMESPACE.ZONE, at a DNS server that takes signed updates. */
import {
  ConfigError,
  definePlugin,
  familyOf,
  FenceWatch,
  seconds,
  type Announcer,
  type AnnouncerHost,
  type DesiredState,
  type Target,
  type TargetStatus,
} from 'heraldlb'

import { Zone, type RecordSet } from './zone.js'

interface Config {
  readonly server: string
  readonly port: number
  readonly zone: string
  readonly keyName: string
  /** Name of the Secret whose `secret` is the key in base64, as tsig-keygen prints it. */
  readonly keySecret: string
}

const usualTtl = 30
const never = new AbortController().signal

export default definePlugin<Config>({
  api: 1,
  name: 'dns-rfc2136',
  version: '1.0.0',
  placement: 'one-node',
  fencing: 'message',
  resources: [],
  optionsSchema: {
    type: 'object',
    properties: { ttl: { type: 'integer', minimum: 1, maximum: 86_400 } },
    additionalProperties: false,
  },
  unsupported: [],
  parseConfig(input) {
    const found = (input ?? {}) as Partial<Config>
    const text = (field: 'server' | 'zone' | 'keyName' | 'keySecret'): string => {
      const value: unknown = found[field]
      if (typeof value === 'string' && value !== '') return value
      throw fault(field, value, 'a text')
    }
    const port: unknown = found.port ?? 53
    if (typeof port !== 'number' || !(port > 0 && port < 65_536)) throw fault('port', port, '1 to 65535')
    const zone = text('zone').toLowerCase().replace(/\.$/, '')
    return { server: text('server'), port, zone, keyName: text('keyName'), keySecret: text('keySecret') }
  },
  create: (config, host) => new DnsAnnouncer(config, host),
})

class DnsAnnouncer implements Announcer {
  readonly #config: Config
  readonly #host: AnnouncerHost
  readonly #watch: FenceWatch
  readonly #published = new Map<string, RecordSet>()
  #targets: readonly Target[] = []
  #running: Promise<unknown> = Promise.resolve()
  #cancelRetry = (): void => {}

  constructor(config: Config, host: AnnouncerHost) {
    this.#config = config
    this.#host = host
    const { fence, clock } = host
    this.#watch = new FenceWatch({ fence, clock, changed: () => void this.#sync(never) })
  }

  async open(signal: AbortSignal): Promise<void> {
    const zone = await this.#zone(signal)
    for (const set of await zone.marked()) await zone.remove(set)
  }

  async reconcile({ generation, targets }: DesiredState, signal: AbortSignal) {
    this.#targets = targets.filter(({ stage }) => stage === 'serve')
    this.#watch.watch(targets)
    const outage = await this.#sync(signal)
    return { generation, targets: targets.map((target) => this.#statusOf(target, outage)) }
  }

  async close(): Promise<void> {
    this.#watch.stop()
    this.#cancelRetry()
    await this.#running
  }

  /** One at a time. What the DNS server does not take is said in the status, and tried again. */
  async #sync(signal: AbortSignal): Promise<string | undefined> {
    const turn = this.#running.then(() => this.#converge(signal)).then(() => undefined, messageOf)
    this.#running = turn
    const outage = await turn
    this.#cancelRetry()
    if (outage === undefined) return undefined
    const wake = (): void => this.#host.report({ kind: 'wake', reason: 'the DNS server is tried again' })
    this.#cancelRetry = this.#host.clock.after(seconds(2), wake)
    return outage
  }

  async #converge(signal: AbortSignal): Promise<void> {
    const wanted = recordSets(
      this.#targets.filter((target) => this.#mayServe(target)),
      this.#config.zone,
    )
    const changed = [...wanted].filter(([key, set]) => !same(this.#published.get(key), set))
    const gone = [...this.#published].filter(([key]) => !wanted.has(key))
    if (changed.length + gone.length === 0) return
    const zone = await this.#zone(signal)
    const refused: string[] = []
    for (const [key, set] of gone) {
      const rcode = await zone.remove(set)
      if (rcode === 'NOERROR') this.#published.delete(key)
      else refused.push(`the server refused to remove ${key}: ${rcode}`)
    }
    for (const [key, set] of changed) {
      const rcode = await zone.put(set)
      if (rcode === 'NOERROR') this.#published.set(key, set)
      else refused.push(`the server refused ${key}: ${rcode}`)
    }
    if (refused.length > 0) throw new Error(refused.join('; '))
  }

  #mayServe({ grant }: Target): boolean {
    return grant === undefined || this.#host.fence.permits(grant)
  }

  #statusOf(target: Target, outage: string | undefined): TargetStatus {
    const { address, stage } = target
    const sets = [...this.#published.values()].filter(({ addresses }) => addresses.includes(address))
    const via = sets.map(({ name }) => name)
    if (stage === 'arm') return { address, phase: 'armed' }
    if (stage === 'serve' && via.length === target.services.length) return { address, phase: 'serving', via }
    if (stage === 'retire' && via.length === 0) return { address, phase: 'silent' }
    const [reason, message] = outage === undefined ? ['FenceClosed'] : ['DnsUpdateFailed', outage]
    return { address, phase: 'pending', reason, ...(message === undefined ? {} : { message }) }
  }

  /** The key is asked for each time: it may have been changed meanwhile. */
  async #zone(signal: AbortSignal): Promise<Zone> {
    const { server: host, port, zone, keyName, keySecret } = this.#config
    const { secret } = await this.#host.secret({ name: keySecret })
    if (secret === undefined) throw new Error(`Secret ${keySecret} has no secret`)
    const key = { name: keyName, secret: Buffer.from(Buffer.from(secret).toString(), 'base64') }
    return new Zone({ host, port, zone, key }, this.#host.node, signal)
  }
}

/** By name and type. A Service with two addresses of one family has both in one set. */
function recordSets(targets: readonly Target[], zone: string): Map<string, RecordSet> {
  const sets = new Map<string, RecordSet>()
  for (const { address, services, offers } of targets) {
    const ttl = Math.min(...offers.map(({ options }) => Number(options['ttl'] ?? usualTtl)))
    for (const service of services) {
      const name = `${service.name.split('/').reverse().join('.')}.${zone}`
      const type = familyOf(address) === 'IPv4' ? 'A' : 'AAAA'
      const before = sets.get(`${type} ${name}`)
      const addresses = [...(before?.addresses ?? []), address]
      sets.set(`${type} ${name}`, { type, name, ttl: Math.min(ttl, before?.ttl ?? ttl), addresses })
    }
  }
  return sets
}

function same(one: RecordSet | undefined, other: RecordSet): boolean {
  return one?.ttl === other.ttl && one.addresses.join() === other.addresses.join()
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function fault(field: string, found: unknown, allowed: string): ConfigError {
  return new ConfigError({ path: `dns-rfc2136.${field}`, found: JSON.stringify(found) ?? 'nothing', allowed })
}
