/* A gobgpd of either version behind the port the plugin asks. */
import { prefixText } from '#core/bgp/prefix.ts'
import type { Address, Family } from '#core/model/address.ts'

import type {
  Connect,
  DefinedSet,
  Direction,
  GoBgpClient,
  MarkedPath,
  NeighborSpec,
  NeighborState,
  SetName,
  Speaker,
  Statement,
} from '../client.ts'
import type { GoBgpConfig } from '../config.ts'
import { ApiError } from '../errors.ts'
import { accept, directions, familyNumbers, reject, v3, v4, type Dialect } from '../wire/dialect.ts'
import * as api from '../wire/messages.ts'
import { neighborMessage, neighborState } from '../wire/neighbor.ts'
import * as policyApi from '../wire/policy-messages.ts'
import { decode, encode, type Draft, type Message } from '../wire/protobuf.ts'
import { openChannel, UnknownService, type GrpcChannel } from './grpc-channel.ts'

const families: readonly Family[] = ['IPv4', 'IPv6']

/** Routes in one message of a stream; thousands fit below gRPC's limit of 4 MiB. */
const pathsPerMessage = 500

export function connectTo(config: GoBgpConfig): Connect {
  return async (signal) => {
    const channel = await openChannel(config)
    try {
      return new GrpcGoBgp(channel, await probe(channel, signal))
    } catch (error) {
      channel.close()
      throw error
    }
  }
}

/** The version whose service answers. */
async function probe(channel: GrpcChannel, signal: AbortSignal): Promise<Dialect> {
  for (const dialect of [v3, v4]) {
    try {
      await channel.unary(`/${dialect.service}/GetBgp`, new Uint8Array(), signal)
      return dialect
    } catch (error) {
      if (!(error instanceof UnknownService)) throw error
    }
  }
  throw new ApiError('unreachable', 'GetBgp', `neither ${v3.service} nor ${v4.service} is served there`)
}

class GrpcGoBgp implements GoBgpClient {
  readonly #channel: GrpcChannel
  readonly #dialect: Dialect

  constructor(channel: GrpcChannel, dialect: Dialect) {
    this.#channel = channel
    this.#dialect = dialect
  }

  get version(): 'v3' | 'v4' {
    return this.#dialect.version
  }

  async global(signal: AbortSignal): Promise<Speaker> {
    const bytes = await this.#channel.unary(this.#path('GetBgp'), new Uint8Array(), signal)
    const { asn = 0, routerId = '' } = understood('GetBgp', api.globalHolder, bytes).global ?? {}
    return { asn, routerId }
  }

  async start(speaker: Speaker & { readonly listenPort: number }, signal: AbortSignal): Promise<void> {
    await this.#call('StartBgp', api.globalHolder, { global: { ...speaker } }, signal)
  }

  async neighbors(signal: AbortSignal): Promise<readonly NeighborState[]> {
    const answers = await this.#list('ListPeer', new Uint8Array(), api.peerHolder, signal)
    return answers.flatMap(({ peer }) => neighborState(peer, this.#dialect) ?? [])
  }

  async addNeighbor(spec: NeighborSpec, signal: AbortSignal): Promise<void> {
    await this.#call('AddPeer', api.peerHolder, { peer: neighborMessage(spec) }, signal)
  }

  async deleteNeighbor(address: Address, signal: AbortSignal): Promise<void> {
    await this.#call('DeletePeer', api.deletePeer, { address }, signal)
  }

  async paths(signal: AbortSignal): Promise<readonly MarkedPath[]> {
    const { globalTable: tableType } = this.#dialect.enums
    const lists = families.map(async (family) => {
      const request = encode(api.listPaths, { tableType, family: familyNumbers(family) })
      const answers = await this.#list('ListPath', request, api.listedPaths, signal)
      return answers.flatMap(({ destination }) => destination?.paths ?? [])
    })
    return (await Promise.all(lists)).flat().flatMap((bytes) => this.#dialect.decodePath(bytes) ?? [])
  }

  async sendPaths(
    paths: readonly MarkedPath[],
    action: 'put' | 'withdraw',
    signal: AbortSignal,
  ): Promise<void> {
    await this.#channel.send(this.#path('AddPathStream'), this.#batches(paths, action), signal)
  }

  async setNames(signal: AbortSignal): Promise<readonly string[]> {
    const { prefixSet, neighborSet, largeCommunitySet } = this.#dialect.enums
    const lists = [prefixSet, neighborSet, largeCommunitySet].map((type) =>
      this.#list(
        'ListDefinedSet',
        encode(policyApi.listDefinedSets, { type }),
        policyApi.definedSetHolder,
        signal,
      ),
    )
    return (await Promise.all(lists)).flat().flatMap(({ set }) => set?.name ?? [])
  }

  async addSet({ name, kind, list = [], ranges = [] }: DefinedSet, signal: AbortSignal): Promise<void> {
    const prefixes = ranges.map(({ prefix, min, max }) => ({
      ipPrefix: prefixText(prefix),
      maskLengthMin: min,
      maskLengthMax: max,
    }))
    const draft = { set: { type: this.#setType(kind), name, list, prefixes } }
    await this.#call('AddDefinedSet', policyApi.definedSetHolder, draft, signal)
  }

  async deleteSet({ name, kind }: SetName, signal: AbortSignal): Promise<void> {
    const draft = { set: { type: this.#setType(kind), name }, all: true }
    await this.#call('DeleteDefinedSet', policyApi.deleteDefinedSet, draft, signal)
  }

  async policies(signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    const answers = await this.#list('ListPolicy', new Uint8Array(), policyApi.policyHolder, signal)
    return new Map(
      answers.flatMap(({ policy }) => {
        return policy === undefined ? [] : [[policy.name, policy.statements.map(({ name }) => name)] as const]
      }),
    )
  }

  async addStatements(policy: string, statements: readonly Statement[], signal: AbortSignal): Promise<void> {
    const draft = { policy: { name: policy, statements: statements.map((one) => this.#statement(one)) } }
    try {
      await this.#call('AddPolicy', policyApi.policyHolder, draft, signal)
    } catch (error) {
      if (!(error instanceof ApiError) || !error.message.includes('already defined')) throw error
      // A statement outlives its policy's entry when a caller died between the two calls of `deleteStatements`.
      for (const { name } of statements) await this.#forget(name, signal).catch(ignoreRefusal)
      await this.#call('AddPolicy', policyApi.policyHolder, draft, signal)
    }
  }

  async deleteStatements(policy: string, names: readonly string[], signal: AbortSignal): Promise<void> {
    const draft = { policy: { name: policy, statements: names.map((name) => ({ name })) } }
    await this.#call('DeletePolicy', policyApi.deleteStatements, draft, signal)
    for (const name of names) await this.#forget(name, signal)
  }

  async assignment(direction: Direction, signal: AbortSignal): Promise<readonly string[]> {
    const request = encode(policyApi.listAssignments, { name: 'global', direction: directions[direction] })
    const answers = await this.#list('ListPolicyAssignment', request, policyApi.assignmentHolder, signal)
    return answers.flatMap(({ assignment }) => assignment?.policies.map(({ name }) => name) ?? [])
  }

  async assign(direction: Direction, policies: readonly string[], signal: AbortSignal): Promise<void> {
    const assignment = {
      name: 'global',
      direction: directions[direction],
      policies: policies.map((name) => ({ name })),
    }
    await this.#call('SetPolicyAssignment', policyApi.assignmentHolder, { assignment }, signal)
  }

  watch(seen: (state: NeighborState) => void, signal: AbortSignal): Promise<never> {
    const request = encode(api.watchRequest, { peer: {} })
    const answer = (bytes: Uint8Array): void => {
      const state = neighborState(decode(api.watchEvent, bytes)?.peer?.peer, this.#dialect)
      if (state !== undefined) seen(state)
    }
    return this.#channel.watch(this.#path('WatchEvent'), request, answer, signal)
  }

  close(): void {
    this.#channel.close()
  }

  #path(method: string): string {
    return `/${this.#dialect.service}/${method}`
  }

  async #call<T>(method: string, type: Message<T>, draft: Draft<T>, signal: AbortSignal): Promise<void> {
    await this.#channel.unary(this.#path(method), encode(type, draft), signal)
  }

  async #list<T>(method: string, request: Uint8Array, type: Message<T>, signal: AbortSignal): Promise<T[]> {
    const answers = await this.#channel.list(this.#path(method), request, signal)
    return answers.map((bytes) => understood(method, type, bytes))
  }

  async #forget(name: string, signal: AbortSignal): Promise<void> {
    await this.#call('DeleteStatement', policyApi.forgetStatement, { statement: { name }, all: true }, signal)
  }

  *#batches(paths: readonly MarkedPath[], action: 'put' | 'withdraw'): Iterable<Uint8Array> {
    const { globalTable: tableType } = this.#dialect.enums
    for (let at = 0; at < paths.length; at += pathsPerMessage) {
      const batch = paths.slice(at, at + pathsPerMessage)
      const encoded = batch.map((path) => this.#dialect.encodePath(path, action === 'withdraw'))
      yield encode(api.addPaths, { tableType, paths: encoded })
    }
  }

  #setType(kind: SetName['kind']): number {
    const { prefixSet, neighborSet, largeCommunitySet } = this.#dialect.enums
    return { prefix: prefixSet, neighbor: neighborSet, 'large-community': largeCommunitySet }[kind]
  }

  #statement(one: Statement): Draft<policyApi.PolicyStatement> {
    const { matchAny: type, matchOutside, replace } = this.#dialect.enums
    const accepted = one.verdict === 'accept'
    return {
      name: one.name,
      conditions: {
        ...(one.prefixSet && {
          prefixSet: {
            type: one.prefixSet.match === 'outside' ? matchOutside : type,
            name: one.prefixSet.name,
          },
        }),
        ...(one.neighborSet === undefined ? {} : { neighborSet: { type, name: one.neighborSet } }),
        ...(one.markSet === undefined ? {} : { largeCommunitySet: { type, name: one.markSet } }),
      },
      actions: {
        routeAction: accepted ? accept : reject,
        // To replace large communities, by none if need be, takes the mark off.
        ...(accepted && { largeCommunity: { type: replace, communities: one.largeCommunities ?? [] } }),
        ...(accepted && { community: { type: replace, communities: one.communities ?? [] } }),
        ...(one.nextHop === undefined ? {} : { nextHop: { address: one.nextHop } }),
        // 0 is no action to gobgpd: the path has it itself.
        ...(one.localPref ? { localPref: { value: one.localPref } } : {}),
      },
    }
  }
}

function understood<T>(method: string, type: Message<T>, bytes: Uint8Array): T {
  const answer = decode(type, bytes)
  if (answer === undefined) throw new ApiError('refused', method, 'the answer is not a message of this API')
  return answer
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof ApiError) || error.kind !== 'refused') throw error
}
