/*
 * A gobgpd in memory, behind the port the plugin asks: a table, sets, policies that are carried out, and neighbours whose
 * routers agree to everything. It obeys the rules of the real one that matter: what is in use cannot be deleted, what
 * does not exist cannot be referred to, policies are looked at only when a path arrives or a session comes up, and none
 * of them sets LOCAL_PREF to 0.
 */
import { prefixOf } from '#core/bgp/prefix.ts'
import type { Address, Family } from '#core/model/address.ts'
import type {
  Connect,
  DefinedSet,
  Direction,
  GoBgpClient,
  MarkedPath,
  NeighborSpec,
  NeighborState,
  SessionState,
  Speaker,
  Statement,
} from '#plugins/gobgp/client.ts'
import { ApiError } from '#plugins/gobgp/errors.ts'

/** What a neighbour's router has been told of a prefix. */
export interface Heard {
  readonly localPref?: number
  readonly nextHop?: Address
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
}

interface Neighbor {
  readonly spec: Pick<NeighborSpec, 'address' | 'description'>
  state: SessionState
  readonly heard: Map<string, Heard>
}

export class FakeGoBgpd {
  version: 'v3' | 'v4' = 'v3'
  /** What the routers agree to receive. */
  families: readonly Family[] = ['IPv4', 'IPv6']
  speaker: Speaker & { readonly listenPort?: number } = { asn: 0, routerId: '' }
  reachable = true
  /** Sessions come up as soon as there is a neighbour. */
  answering = true
  /** Addresses of neighbours that AddPeer refuses. */
  readonly refused = new Set<Address>()
  /** Every call that changes something, in order. */
  readonly calls: string[] = []
  readonly passwords = new Map<Address, string | undefined>()
  readonly specs = new Map<Address, NeighborSpec>()
  readonly #neighbors = new Map<Address, Neighbor>()
  readonly #paths = new Map<string, MarkedPath>()
  readonly #sets = new Map<string, DefinedSet>()
  readonly #policies = new Map<string, Statement[]>()
  readonly #assignments: Record<Direction, string[]> = { import: [], export: [] }
  readonly #watchers = new Set<{ seen: (state: NeighborState) => void; fail: (error: ApiError) => void }>()

  readonly connect: Connect = async () => {
    this.#check('connect')
    return this.#client()
  }

  /** Everything is gone, as with a process; calls fail until `reachable` is true again. */
  crash(): void {
    this.reachable = false
    this.speaker = { asn: 0, routerId: '' }
    for (const map of [this.#neighbors, this.#paths, this.#sets, this.#policies]) map.clear()
    this.#assignments.import = []
    this.#assignments.export = []
    for (const watcher of this.#watchers) watcher.fail(new ApiError('unreachable', 'WatchEvent', 'gone'))
    this.#watchers.clear()
  }

  /** A neighbour of somebody else, with a session. */
  addForeign(address: Address, description: string): void {
    this.#neighbors.set(address, { spec: { address, description }, state: 'Established', heard: new Map() })
    for (const path of this.#paths.values()) this.#tell(path)
  }

  addForeignPolicy(name: string): void {
    this.#policies.set(name, [])
    this.#assignments.export.push(name)
  }

  removeNeighbor(address: Address): void {
    this.#neighbors.delete(address)
  }

  setState(address: Address, state: SessionState): void {
    const neighbor = this.#neighbors.get(address)
    if (neighbor === undefined) throw new Error(`no neighbour ${address}`)
    neighbor.state = state
    neighbor.heard.clear()
    if (state === 'Established') for (const path of this.#paths.values()) this.#tell(path)
    this.#publish(neighbor)
  }

  /** What the router at the address has, by prefix. */
  heard(address: Address): Readonly<Record<string, Heard>> {
    const heard = [...(this.#neighbors.get(address)?.heard ?? [])]
    return Object.fromEntries(heard.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  assigned(direction: Direction): readonly string[] {
    return this.#assignments[direction]
  }

  neighbors(): readonly Address[] {
    return [...this.#neighbors.keys()]
  }

  /** Names of everything of ours but neighbours and paths. */
  get names(): readonly string[] {
    const statements = [...this.#policies.values()].flat().map(({ name }) => name)
    return [...this.#sets.keys(), ...statements].sort()
  }

  #client(): GoBgpClient {
    return {
      version: this.version,
      global: async () => this.#answer('GetBgp', this.speaker),
      start: async (speaker) => this.#change(`start ${speaker.asn}`, () => void (this.speaker = speaker)),
      neighbors: async () => this.#answer('ListPeer', [...this.#neighbors.values()].map(this.#stateOf)),
      addNeighbor: async (spec) => this.#addNeighbor(spec),
      deleteNeighbor: async (address) =>
        this.#change(`drop ${address}`, () => {
          if (!this.#neighbors.delete(address)) this.#refuse('DeletePeer', `no neighbour ${address}`)
        }),
      paths: async () => this.#answer('ListPath', [...this.#paths.values()]),
      sendPaths: async (paths, action) =>
        this.#change(`${action} ${paths.length}`, () => paths.forEach((path) => this.#receive(path, action))),
      setNames: async () => this.#answer('ListDefinedSet', [...this.#sets.keys()]),
      addSet: async (set) => this.#change(`set ${set.name}`, () => void this.#sets.set(set.name, set)),
      deleteSet: async ({ name }) => this.#deleteSet(name),
      policies: async () =>
        this.#answer(
          'ListPolicy',
          new Map([...this.#policies].map(([name, all]) => [name, all.map((one) => one.name)])),
        ),
      addStatements: async (policy, statements) => this.#addStatements(policy, statements),
      deleteStatements: async (policy, names) =>
        this.#change(`forget ${names.length}`, () => {
          const left = (this.#policies.get(policy) ?? []).filter(({ name }) => !names.includes(name))
          this.#policies.set(policy, left)
        }),
      assignment: async (direction) =>
        this.#answer('ListPolicyAssignment', [...this.#assignments[direction]]),
      assign: async (direction, policies) =>
        this.#change(`assign ${direction}`, () => {
          const missing = policies.find((name) => !this.#policies.has(name))
          if (missing !== undefined) this.#refuse('SetPolicyAssignment', `not found policy ${missing}`)
          this.#assignments[direction] = [...policies]
        }),
      watch: (seen, signal) =>
        new Promise((_, fail) => {
          const watcher = { seen, fail }
          this.#watchers.add(watcher)
          signal.addEventListener('abort', () => this.#watchers.delete(watcher), { once: true })
        }),
      close: () => undefined,
    }
  }

  #addNeighbor(spec: NeighborSpec): void {
    this.#change(`add ${spec.address}`, () => {
      if (this.refused.has(spec.address)) this.#refuse('AddPeer', 'no')
      if (this.#neighbors.has(spec.address)) this.#refuse('AddPeer', `can't overwrite ${spec.address}`)
      this.#neighbors.set(spec.address, { spec, state: 'Idle', heard: new Map() })
      this.specs.set(spec.address, spec)
      if (this.answering) this.setState(spec.address, 'Established')
    })
  }

  #addStatements(policy: string, statements: readonly Statement[]): void {
    this.#change(`statements ${policy} ${statements.length}`, () => {
      const all = new Set([...this.#policies.values()].flat().map(({ name }) => name))
      for (const { name, neighborSet, markSet, prefixSet } of statements) {
        if (all.has(name)) this.#refuse('AddPolicy', `statement ${name} already defined`)
        for (const set of [neighborSet, markSet, prefixSet?.name])
          if (set !== undefined && !this.#sets.has(set)) this.#refuse('AddPolicy', `not found set ${set}`)
      }
      this.#policies.set(policy, [...(this.#policies.get(policy) ?? []), ...statements])
    })
  }

  #deleteSet(name: string): void {
    this.#change(`unset ${name}`, () => {
      const used = [...this.#policies.values()]
        .flat()
        .some((one) => [one.neighborSet, one.markSet, one.prefixSet?.name].includes(name))
      if (used) this.#refuse('DeleteDefinedSet', `set ${name} is in use`)
      this.#sets.delete(name)
    })
  }

  #receive(path: MarkedPath, action: 'put' | 'withdraw'): void {
    if (action === 'put') this.#paths.set(path.key, path)
    else this.#paths.delete(path.key)
    for (const { heard } of this.#neighbors.values()) heard.delete(path.key)
    if (action === 'put') this.#tell(path)
  }

  #tell(path: MarkedPath): void {
    for (const neighbor of this.#neighbors.values()) {
      if (neighbor.state !== 'Established' || !this.families.includes(path.prefix.family)) continue
      const verdict = this.#evaluate(path, neighbor.spec.address)
      if (verdict === 'reject') neighbor.heard.delete(path.key)
      else neighbor.heard.set(path.key, verdict)
    }
  }

  /** The first statement that matches decides; without one, the route goes out as it is. */
  #evaluate(path: MarkedPath, neighbor: Address): Heard | 'reject' {
    const { mark, prefix } = path
    const marks = `1212502593:0:${mark}`
    const statements = this.#assignments.export.flatMap((policy) => this.#policies.get(policy) ?? [])
    const matches = (set: string | undefined, test: (entry: string) => boolean): boolean =>
      set === undefined || (this.#sets.get(set)?.list ?? []).some(test)
    const inRange = (set: string, outside: boolean): boolean => {
      const ranges = (this.#sets.get(set)?.ranges ?? []).filter((one) => one.prefix.family === prefix.family)
      const inside = ranges.some(
        ({ prefix: { address, length }, min, max }) =>
          prefixOf(prefix.address, length).address === address &&
          prefix.length >= Math.max(min, length) &&
          prefix.length <= max,
      )
      return ranges.length > 0 && inside !== outside
    }
    const found = statements.find(
      ({ neighborSet, markSet, prefixSet }) =>
        (prefixSet === undefined || inRange(prefixSet.name, prefixSet.match === 'outside')) &&
        matches(neighborSet, (entry) => entry.split('/')[0] === neighbor) &&
        matches(markSet, (entry) => new RegExp(entry).test(marks)),
    )
    if (found === undefined) return { communities: [], largeCommunities: [marks] }
    if (found.verdict === 'reject') return 'reject'
    const { nextHop, communities = [], largeCommunities = [] } = found
    const { localAs, remoteAs } = this.specs.get(neighbor) ?? { localAs: 0, remoteAs: 1 }
    const localPref = localAs === remoteAs ? found.localPref || path.localPref : undefined
    return {
      ...(localPref === undefined ? {} : { localPref }),
      ...(nextHop === undefined ? {} : { nextHop }),
      communities,
      largeCommunities,
    }
  }

  readonly #stateOf = ({ spec, state, heard }: Neighbor): NeighborState => ({
    address: spec.address,
    description: spec.description,
    state,
    families: state === 'Established' ? this.families : [],
    updatesSent: heard.size,
    notificationsSent: 0,
    notificationsReceived: 0,
  })

  #publish(neighbor: Neighbor): void {
    for (const { seen } of this.#watchers) seen({ ...this.#stateOf(neighbor), families: [], description: '' })
  }

  #answer<T>(call: string, value: T): T {
    this.#check(call)
    return value
  }

  #change(call: string, make: () => void): void {
    this.#check(call)
    this.calls.push(call)
    make()
  }

  #check(call: string): void {
    if (!this.reachable) throw new ApiError('unreachable', call, 'connection refused')
  }

  #refuse(call: string, detail: string): never {
    throw new ApiError('refused', call, detail)
  }
}
