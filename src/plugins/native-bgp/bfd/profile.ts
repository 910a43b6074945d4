/* A BFDProfile's spec as typed values. */
import type { DesiredState, Resource } from '#core/announcer.ts'
import type { Json } from '#core/model/json.ts'

import type { Parameters } from './fsm/model.ts'

export interface BfdProfile {
  readonly parameters: Parameters
  /** Lowest TTL of packets that cross routers; directly connected it is always 255 (RFC 5881 §5). */
  readonly minimumTtl: number
}

/** Milliseconds, as FRR has them. */
const defaults = {
  transmitInterval: 300,
  receiveInterval: 300,
  echoInterval: 50,
  detectMultiplier: 3,
  minimumTtl: 254,
}

/** The schema has checked the ranges. */
export function readBfdProfile({ spec }: Pick<Resource, 'spec'>): BfdProfile {
  const number = (field: keyof typeof defaults): number => numberOr(spec[field], defaults[field])
  const micros = (field: keyof typeof defaults): number => number(field) * 1000
  return {
    parameters: {
      transmitInterval: micros('transmitInterval'),
      receiveInterval: micros('receiveInterval'),
      ...(spec.echoMode === true ? { echoInterval: micros('echoInterval') } : {}),
      detectMultiplier: number('detectMultiplier'),
      passive: spec.passiveMode === true,
    },
    minimumTtl: number('minimumTtl'),
  }
}

function numberOr(value: Json | undefined, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}

/** The profile of each BGPPeer that asks for BFD, by the peer's name. */
export function profilesByPeer(resources: DesiredState['resources']): ReadonlyMap<string, BfdProfile> {
  const profiles = new Map((resources.BFDProfile ?? []).map((one) => [one.name, readBfdProfile(one)]))
  const peers = (resources.BGPPeer ?? []).flatMap(({ name, spec }) => {
    const profile = typeof spec.bfdProfile === 'string' ? profiles.get(spec.bfdProfile) : undefined
    return profile === undefined ? [] : [[name, profile] as const]
  })
  return new Map(peers)
}
