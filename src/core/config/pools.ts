/*
 * IPAddressPools. A faulty entry of `addresses` is not used and the others are; of two entries that overlap, in one
 * pool or in two, the first counts (pools by name, entries in their order). A pool of which nothing is left still
 * exists, so that what names it is not at fault as well.
 */
import type { Inspection, Report } from './inspection.ts'
import { checkSelectors, checkUnique } from './selectors.ts'
import type { AddressRange, Pool, PoolPin } from '../model/config.ts'
import { below } from '../model/field-path.ts'
import type { IPAddressPoolObject, LabelSelector } from '../model/objects.ts'
import { parseRange, rangesOverlap } from '../model/range.ts'
import { selects } from '../model/selector.ts'
import { quote } from '../model/wording.ts'

type Allocation = NonNullable<IPAddressPoolObject['spec']['serviceAllocation']>

/** `objects` sorted by name. */
export function parsePools(objects: readonly IPAddressPoolObject[], inspection: Inspection): Pool[] {
  const taken = new TakenRanges()
  return objects.map((object) => parsePool(object, taken, inspection))
}

/** Stands for a pool that the reader refused: it exists, and nobody can say which addresses are its. */
export function unreadablePool(name: string): Pool {
  return { name, labels: {}, ranges: [], autoAssign: true, avoidBuggyIPs: false, incomplete: true }
}

function parsePool(object: IPAddressPoolObject, taken: TakenRanges, inspection: Inspection): Pool {
  const { ref, report } = inspection.examine(object)
  const { addresses, autoAssign, avoidBuggyIPs, serviceAllocation } = object.spec
  if (addresses.length === 0) {
    report(
      'spec.addresses',
      'MissingField',
      'found no entry (no prefixes), allowed: at least one CIDR or range',
    )
  }
  let incomplete = false
  const ranges = addresses.flatMap((text, index) =>
    parseEntry(text, taken, ref, (message, reason) => {
      incomplete ||= reason === 'InvalidAddress'
      report(below('spec.addresses', index), reason, message)
    }),
  )
  return {
    name: object.metadata.name,
    labels: object.metadata.labels ?? {},
    ranges,
    autoAssign,
    avoidBuggyIPs,
    ...(incomplete ? { incomplete } : {}),
    ...(serviceAllocation === undefined ? {} : { pin: parsePin(serviceAllocation, report, inspection) }),
  }
}

type Blame = (message: string, reason: 'InvalidAddress' | 'OverlappingAddresses') => void

function parseEntry(text: string, taken: TakenRanges, ref: string, blame: Blame): AddressRange[] {
  const parsed = parseRange(text)
  if ('fault' in parsed) {
    blame(parsed.fault, 'InvalidAddress')
    return []
  }
  const other = taken.overlapping(parsed.range)
  if (other !== undefined) {
    const where = other.ref === ref ? 'the same pool' : other.ref
    const what = `overlaps with already defined CIDR ${other.range.text} of ${where}`
    blame(
      `found ${quote(text)}, which ${what}; allowed: addresses that no other entry has`,
      'OverlappingAddresses',
    )
    return []
  }
  taken.add({ range: parsed.range, ref })
  return [parsed.range]
}

function parsePin(allocation: Allocation, report: Report, inspection: Inspection): PoolPin {
  const path = 'spec.serviceAllocation'
  const { priority = 0, namespaces = [], namespaceSelectors = [] } = allocation
  if (priority < 0) {
    const message = `found ${priority}, allowed: 0 (tried last) or more; 0 is used`
    report(`${path}.priority`, 'InvalidValue', message)
  }
  const named = checkUnique(namespaces, `${path}.namespaces`, report)
  const selectors = checkSelectors(namespaceSelectors, `${path}.namespaceSelectors`, report)
  const serviceSelectors = checkSelectors(allocation.serviceSelectors, `${path}.serviceSelectors`, report)
  const matched = namespacesOf(selectors, inspection)
  const constrained = named.length + selectors.length > 0
  return {
    priority: Math.max(0, priority),
    ...(constrained ? { namespaces: [...new Set([...named, ...matched])].sort() } : {}),
    ...(serviceSelectors.length === 0 ? {} : { serviceSelectors }),
  }
}

/** The API server gives every Namespace its own name as a label. */
const nameLabel = 'kubernetes.io/metadata.name'

function namespacesOf(selectors: readonly LabelSelector[], { context, assumptions }: Inspection): string[] {
  if (selectors.length > 0 && context.namespaces === undefined) {
    assumptions.add('no Namespaces in the input: namespaceSelectors of pools select none')
  }
  return (context.namespaces ?? []).flatMap(({ metadata: { name, labels } }) => {
    const known = { ...labels, [nameLabel]: name }
    return selectors.some((selector) => selects(selector, known)) ? [name] : []
  })
}

interface Taken {
  readonly range: AddressRange
  readonly ref: string
}

/** The entries accepted so far, disjoint and in ascending order per family, so that a search is binary. */
class TakenRanges {
  readonly #byFamily = { IPv4: new Array<Taken>(), IPv6: new Array<Taken>() }

  overlapping(range: AddressRange): Taken | undefined {
    const next = this.#byFamily[range.family][this.#position(range)]
    return next !== undefined && rangesOverlap(next.range, range) ? next : undefined
  }

  add(taken: Taken): void {
    this.#byFamily[taken.range.family].splice(this.#position(taken.range), 0, taken)
  }

  /** Index of the first entry that does not end before `range` starts. */
  #position(range: AddressRange): number {
    const entries = this.#byFamily[range.family]
    let [low, high] = [0, entries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const entry = entries[middle]
      if (entry !== undefined && entry.range.last < range.first) low = middle + 1
      else high = middle
    }
    return low
  }
}
