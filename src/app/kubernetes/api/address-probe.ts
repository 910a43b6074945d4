/*
 * AddressProbe: an address that is about to be handed out, or that a stranger has. The controller makes it, named after
 * the address; each speaker that asks the segment adds what it found to the status, under a field manager of its own.
 */
import type { Answer } from '#core/answers.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Quarantined } from '#core/model/facts.ts'
import { placeOf, qualified, type ObjectMeta } from '#core/model/objects.ts'

import type { ApiClient, RawObject } from './client.ts'
import { isStatus } from './errors.ts'
import { metaOf } from './projections.ts'
import { resources } from './resources.ts'

export interface AddressProbe {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly address: Address
    /** The process that wrote it last. */
    readonly writer: string
    readonly pool?: string
    /** `namespace/name` of those that are to have it. */
    readonly services: readonly string[]
    /** Absent: it is being asked about. */
    readonly quarantine?: Omit<Quarantined, 'address'>
  }
  readonly answers: readonly Answer[]
}

interface Written {
  readonly address?: string
  readonly writer?: string
  readonly pool?: string
  readonly services?: readonly { readonly namespace: string; readonly name: string }[]
  readonly quarantine?: Omit<Quarantined, 'address'>
}

interface WrittenAnswer {
  readonly node: string
  readonly askers?: readonly string[]
  readonly hardwareAddress?: string
  readonly via?: string
  readonly unasked?: string
}

/** The schema in the API server has checked all but the address. */
export function projectProbe(raw: RawObject): AddressProbe {
  const { address: text = '', writer = '', pool, services = [], quarantine } = (raw['spec'] ?? {}) as Written
  const { answers = [] } = (raw['status'] ?? {}) as { readonly answers?: readonly WrittenAnswer[] }
  const metadata = metaOf(raw, () => false)
  const address = parseAddress(text)
  // Made by a hand that is not ours: it asks nothing and marks nothing.
  if (address === undefined)
    return { metadata, spec: { address: text as Address, writer, services: [] }, answers: [] }
  return {
    metadata,
    spec: {
      address,
      writer,
      ...(pool !== undefined && { pool }),
      services: services.map(({ namespace, name }) => qualified(namespace, name)),
      ...(quarantine && { quarantine }),
    },
    answers: answers.map(answerIn),
  }
}

/** All; none for whoever may not read them, and where the kind is not installed. */
export async function probesIn(client: ApiClient): Promise<readonly AddressProbe[]> {
  try {
    return (await client.list(resources.addressProbes)).map(projectProbe)
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return []
    throw error
  }
}

export function probeObject(name: string, { services, ...spec }: AddressProbe['spec']): RawObject {
  return { metadata: { name }, spec: { ...spec, services: services.map(placeOf) } }
}

export function markIn({ spec: { address, quarantine } }: AddressProbe): Quarantined | undefined {
  return quarantine && { address, ...quarantine }
}

/** As the status has it. */
export function writtenAnswer({ node, askers, answeredBy, unasked }: Answer): object {
  return { node, askers, ...answeredBy, ...(unasked !== undefined && { unasked }) }
}

function answerIn({ node, askers = [], hardwareAddress, via = '', unasked }: WrittenAnswer): Answer {
  return {
    node,
    askers,
    ...(hardwareAddress !== undefined && { answeredBy: { hardwareAddress, via } }),
    ...(unasked !== undefined && { unasked }),
  }
}
