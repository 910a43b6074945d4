/*
 * An FRR in memory: daemons that keep the lines they are told, print them back, and do with them what matters here:
 * a route is heard by a neighbor when its tag is permitted to go there.
 */
import type { Address } from '#core/model/address.ts'
import { parseAddress } from '#core/model/address.ts'
import { isOwner, isPermanent, neighborOf, subjectOf } from '#plugins/frr/model/grammar.ts'
import { opensContext, parseConfiguration, renderConfiguration, type Line } from '#plugins/frr/model/line.ts'
import type { DaemonName, Vty, VtySession } from '#plugins/frr/vty.ts'
import type { VtyReply } from '#plugins/frr/wire/vty-reply.ts'

interface Entry {
  text: string
  body: Entry[]
}

const good: VtyReply = { status: 0, text: '' }

export class FakeFrr implements Vty {
  readonly log: string[] = []
  readonly daemons = { bgpd: new FakeDaemon(), bfdd: new FakeDaemon() }
  /** Neighbors that do not answer. */
  readonly silent = new Set<string>()
  /** What bgpd says of them. */
  lastReset = 'Hold Timer Expired'
  /** Answers with an error to commands that match. */
  refuse: RegExp | undefined
  /** Reads commands and says nothing. */
  frozen = false
  #up = true
  readonly #closers = new Set<() => void>()

  async connect(name: DaemonName, closed: () => void): Promise<VtySession> {
    if (!this.#up) throw new Error(`connect ENOENT /var/run/frr/${name}.vty`)
    const context: Entry[][] = []
    let open = true
    this.#closers.add(closed)
    return {
      close: () => {
        open = false
        this.#closers.delete(closed)
      },
      run: async (commands) => {
        if (!open || !this.#up) throw new Error('the daemon closed its socket')
        if (this.frozen) return await new Promise(() => undefined)
        return commands.map((command) => this.#answer(name, command, context))
      },
    }
  }

  /** All daemons end, and what they had is lost. */
  kill(): void {
    this.#up = false
    for (const daemon of Object.values(this.daemons)) daemon.lines.length = 0
    const closers = [...this.#closers]
    this.#closers.clear()
    for (const closed of closers) closed()
  }

  start(): void {
    this.#up = true
  }

  /** What vtysh would show. */
  configuration(name: DaemonName = 'bgpd'): string {
    return renderConfiguration(this.daemons[name].lines)
  }

  load(text: string): void {
    this.daemons.bgpd.lines.splice(0, Infinity, ...(parseConfiguration(text) as Entry[]))
  }

  /** Prefixes that a neighbor has been sent. */
  heard(neighbor: string, family?: 'ipv4' | 'ipv6'): string[] {
    if (!this.#up || this.silent.has(neighbor)) return []
    const { lines } = this.daemons.bgpd
    const router = lines.find(({ text, body }) => text.startsWith('router bgp') && exists(body, neighbor))
    if (router === undefined || said(router.body, `neighbor ${neighbor} shutdown message herald`)) return []
    return router.body
      .filter(({ text }) => text.startsWith(`address-family ${family ?? ''}`))
      .flatMap((part) => networks(part.body, permittedTags(lines, part, neighbor)))
  }

  /** What is set on a prefix on its way to a neighbor. */
  attributes(neighbor: string, prefix: string): string[] {
    const { lines } = this.daemons.bgpd
    const families = lines.flatMap(({ body }) => body)
    return families.flatMap((family) => {
      const tag = tagsByPrefix(family.body).get(prefix)
      const found = clauses(lines, family, neighbor).find(({ body }) => said(body, `match tag ${tag}`))
      return (found?.body ?? []).flatMap(({ text }) => (text.startsWith('set ') ? [text] : []))
    })
  }

  announced(neighbor: string): Set<Address> {
    return new Set(this.heard(neighbor).flatMap((prefix) => parseAddress(prefix.split('/')[0] ?? '') ?? []))
  }

  #answer(name: DaemonName, command: string, context: Entry[][]): VtyReply {
    const daemon = this.daemons[name]
    if (command === 'show running-config') return { status: 0, text: renderConfiguration(daemon.lines) }
    if (command.startsWith('show bgp')) return { status: 0, text: JSON.stringify(this.#neighbors()) }
    if (/^show bfd peers (counters )?json$/.test(command)) return { status: 0, text: '[]' }
    if (command === 'enable') return good
    this.log.push(command)
    if (this.refuse?.test(command)) return { status: 13, text: `% refused: ${command}\n` }
    return daemon.take(command, context)
  }

  #neighbors(): object {
    const routers = this.daemons.bgpd.lines.filter(({ text }) => text.startsWith('router bgp'))
    const ids = routers.flatMap(({ body }) => body.filter(({ text }) => isOwner(text)))
    return Object.fromEntries(
      ids.map(({ text }) => [neighborOf(text), this.#neighbor(neighborOf(text) ?? '')]),
    )
  }

  #neighbor(id: string): object {
    if (this.silent.has(id)) return { bgpState: 'Active', lastResetDueTo: this.lastReset }
    const agreed = { advertisedAndReceived: true }
    return {
      bgpState: 'Established',
      neighborCapabilities: { multiprotocolExtensions: { ipv4Unicast: agreed, ipv6Unicast: agreed } },
      addressFamilyInfo: {
        ipv4Unicast: { sentPrefixCounter: this.heard(id, 'ipv4').length },
        ipv6Unicast: { sentPrefixCounter: this.heard(id, 'ipv6').length },
      },
      messageStats: { updatesSent: 3, updatesRecv: 1 },
      connectionsDropped: 0,
    }
  }
}

class FakeDaemon {
  readonly lines: Entry[] = []

  take(command: string, context: Entry[][]): VtyReply {
    if (command === 'configure terminal') context.splice(0, Infinity, this.lines)
    else if (command === 'end') context.length = 0
    else if (context.length === 0) return { status: 2, text: `% Unknown command: ${command}` }
    else if (opensContext(command)) this.#enter(command, context)
    else this.#change(command, context.at(-1) ?? [])
    return good
  }

  #enter(command: string, context: Entry[][]): void {
    const here = context.at(-1) ?? []
    const known = here.find(({ text }) => text === command)
    const entry = known ?? { text: command, body: [] }
    if (known === undefined) here.push(entry)
    context.push(entry.body)
  }

  #change(command: string, here: Entry[]): void {
    const subject = command.replace(/^no /, '')
    const isGone = command.startsWith('no ') && here.some(({ text }) => matches(text, subject))
    const keep = ({ text }: Entry): boolean =>
      isGone ? !matches(text, subject) : subjectOf(text) !== subjectOf(command)
    here.splice(0, Infinity, ...here.filter(keep))
    if (!isGone && !/^no (?!bgp )/.test(command)) here.push({ text: command, body: [] })
    const neighbor = /^no neighbor (\S+)$/.exec(command)?.[1]
    if (neighbor !== undefined) dropNeighbor(here, neighbor)
  }
}

/** Is this the line that `no …` speaks of? */
function matches(text: string, subject: string): boolean {
  return !isPermanent(text) && (text === subject || subjectOf(text) === subject || text === `no ${subject}`)
}

function dropNeighbor(lines: Entry[], neighbor: string): void {
  lines.splice(0, Infinity, ...lines.filter(({ text }) => neighborOf(text) !== neighbor))
  for (const { body } of lines) dropNeighbor(body, neighbor)
}

function exists(body: readonly Line[], neighbor: string): boolean {
  return body.some(({ text }) => isOwner(text) && neighborOf(text) === neighbor)
}

function said(body: readonly Line[], text: string): boolean {
  return body.some((one) => one.text === text)
}

function permittedTags(lines: readonly Line[], family: Line, neighbor: string): Set<string> {
  const permitted = clauses(lines, family, neighbor)
  return new Set(permitted.flatMap(({ body }) => body.map(({ text }) => text.replace('match tag ', ''))))
}

/** Of the export policy. FRR activates IPv4 by itself. */
function clauses(lines: readonly Line[], family: Line, neighbor: string): Line[] {
  const active = family.text.includes('ipv4') || said(family.body, `neighbor ${neighbor} activate`)
  if (!active) return []
  const out = family.body.find(
    ({ text }) => text.startsWith(`neighbor ${neighbor} route-map`) && text.endsWith(' out'),
  )
  const name = out?.text.split(' ')[3] ?? ''
  return lines.filter(({ text }) => text.startsWith(`route-map ${name} permit`))
}

function networks(family: readonly Line[], tags: ReadonlySet<string>): string[] {
  return [...tagsByPrefix(family)].flatMap(([prefix, tag]) => (tags.has(tag) ? [prefix] : []))
}

function tagsByPrefix(family: readonly Line[]): Map<string, string> {
  return new Map(
    family.flatMap(({ text }) => {
      const [, prefix, tag] = /^network (\S+) route-map herald-class-(\d+)$/.exec(text) ?? []
      return prefix !== undefined && tag !== undefined ? [[prefix, tag] as const] : []
    }),
  )
}
