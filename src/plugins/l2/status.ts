/* What becomes of a target, in words. */
import type { TargetStatus } from '#core/announcer.ts'
import type { Placing } from './interfaces.ts'
import type { L2Target } from './protocol.ts'

export interface Situation {
  readonly placing: Placing
  /** Why listening on a link failed, by its index. */
  readonly faults: ReadonlyMap<number, string>
  /** The fence lets this node speak for the target. */
  readonly permitted: boolean
}

export function statusOf(target: L2Target, { placing, faults, permitted }: Situation): TargetStatus {
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
  const via = working.map(({ name }) => name)
  if (stage === 'arm') return { address, phase: 'armed', via }
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

export function sameStatus(a: TargetStatus | undefined, b: TargetStatus): boolean {
  return (
    a !== undefined &&
    a.phase === b.phase &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.via?.join() === b.via?.join()
  )
}
