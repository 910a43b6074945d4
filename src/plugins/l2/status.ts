/* What becomes of a target, in words. */
import type { TargetStatus } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import { OneCopy } from '#core/model/one-copy.ts'
import type { Placing } from './interfaces.ts'
import type { L2Target } from './protocol.ts'

export interface Situation {
  readonly placing: Placing
  /** Why listening on a link failed, by its index. */
  readonly faults: ReadonlyMap<number, string>
  /** The fence lets this node speak for the target. */
  readonly permitted: boolean
  /** What the wire says: nobody else answers, it is being asked, or who does. */
  readonly wire: 'free' | 'asking' | Rival
}

/** Somebody else who answers for an address. */
export interface Rival {
  readonly hardwareAddress: string
  readonly via: string
}

export function statusOf(target: L2Target, { placing, faults, permitted, wire }: Situation): TargetStatus {
  const { address, stage } = target
  if (target.grant === undefined)
    return { address, phase: 'failed', reason: 'GrantMissing', message: 'the target carries no grant' }
  if ('reason' in placing)
    return { address, phase: 'pending', reason: placing.reason, message: placing.message }
  const working = placing.links.filter(({ index }) => !faults.has(index))
  if (working.length === 0) {
    const message = placing.links.map(({ name, index }) => `${name}: ${faults.get(index)}`).join('; ')
    return { address, phase: 'failed', reason: 'ListenFailed', message }
  }
  const via = shared(working.map(({ name }) => name))
  if (stage === 'arm') return { address, phase: 'armed', via }
  if (permitted && stage === 'serve' && wire !== 'free') return withheld(address, wire)
  if (permitted) return { address, phase: 'serving', via }
  if (stage === 'retire') return { address, phase: 'silent' }
  return {
    address,
    phase: 'armed',
    via,
    reason: 'FenceClosed',
    message: 'ready, but the fence holds no epoch of this target',
  }
}

/** Nearly all targets are served by the same links. */
const lists = new OneCopy<readonly string[]>()

function shared(names: readonly string[]): readonly string[] {
  return lists.of(names.join(), names)
}

function withheld(address: Address, wire: 'asking' | Rival): TargetStatus {
  if (wire === 'asking')
    return {
      address,
      phase: 'pending',
      reason: 'Probing',
      message: 'asking the segment whether somebody answers',
    }
  const message = `${wire.hardwareAddress} answers for it on ${wire.via}; asked again each second`
  return { address, phase: 'pending', reason: 'AddressInUse', message }
}

export function sameStatus(a: TargetStatus | undefined, b: TargetStatus): boolean {
  return (
    a !== undefined &&
    a.phase === b.phase &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.via?.join() === b.via?.join()
  )
}
