/* The counters of pools and the state of the configuration, as users of MetalLB read them. */
import { inQuarantine } from '#core/allocator/quarantine.ts'
import type { Quarantined } from '#core/model/facts.ts'
import { same } from '#core/model/same.ts'
import type { PoolUsage, Problem } from '#core/model/decisions.ts'

import type { Condition } from '../api/projections.ts'

export interface PoolCounters {
  readonly assignedIPv4: number
  readonly assignedIPv6: number
  readonly availableIPv4: number
  readonly availableIPv6: number
}

export function countersOf({
  totalIPv4,
  totalIPv6,
  usedIPv4,
  usedIPv6,
  quarantined = { IPv4: 0, IPv6: 0 },
}: PoolUsage): PoolCounters {
  return {
    assignedIPv4: usedIPv4,
    assignedIPv6: usedIPv6,
    availableIPv4: countable(totalIPv4 - BigInt(usedIPv4 + quarantined.IPv4)),
    availableIPv6: countable(totalIPv6 - BigInt(usedIPv6 + quarantined.IPv6)),
  }
}

/** JSON carries whole numbers up to here; a pool of more addresses has as good as infinitely many. */
function countable(count: bigint): number {
  return Number(count > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : count)
}

export interface ConfigurationStatus {
  readonly result: 'Valid' | 'Invalid'
  readonly errorSummary: string
  readonly conditions: readonly Condition[]
}

const condition = 'poolReconcilerValid'
const takenCondition = 'addressQuarantine'

/** `before`: as it was last seen; the time of the transition moves only with the status. */
export function configurationStatus(
  problems: readonly Problem[],
  before: unknown,
  now: string,
  quarantine: readonly Quarantined[] = [],
): ConfigurationStatus {
  const text = problems.map(
    ({ object, field, reason, message }) =>
      `${object}${field === '' ? '' : ` ${field}`}: ${message} (${reason})`,
  )
  const status = problems.length === 0 ? 'True' : 'False'
  const told = (type: string): Condition | undefined =>
    (before as Partial<ConfigurationStatus> | undefined)?.conditions?.find((one) => one.type === type)
  const since = (type: string, now: string, status: string): string => {
    const known = told(type)
    return known?.status === status ? known.lastTransitionTime : now
  }
  const message = problems.length === 0 ? '' : shortened(`configuration error: ${text.join('\n')}`)
  return {
    result: problems.length === 0 ? 'Valid' : 'Invalid',
    errorSummary: message,
    conditions: [
      {
        type: condition,
        status,
        reason: problems.length === 0 ? 'Reconciled' : 'ConfigurationError',
        message,
        lastTransitionTime: since(condition, now, status),
      },
      ...(quarantine.length === 0 ? [] : [taken(quarantine, since(takenCondition, now, 'True'))]),
    ],
  }
}

/** There for as long as something is in quarantine. */
function taken(quarantine: readonly Quarantined[], lastTransitionTime: string): Condition {
  const message = shortened(quarantine.map((mark) => inQuarantine(mark).message).join('\n'))
  return { type: takenCondition, status: 'True', reason: 'SecondAnswerer', message, lastTransitionTime }
}

export function saysTheSame(before: unknown, after: ConfigurationStatus): boolean {
  const { result, errorSummary = '', conditions } = (before ?? {}) as Partial<ConfigurationStatus>
  return same({ result, errorSummary, conditions }, after)
}

/** A condition's message has at most 32,768 characters. */
function shortened(text: string): string {
  return text.length > 30_000 ? `${text.slice(0, 30_000)}…` : text
}
