/* Runs cases against the targets and keeps account. Case n of a target follows from the seed, the target and n alone. */
import { mutated } from './mutate.ts'
import { Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

export interface Finding {
  readonly target: string
  readonly index: number
  readonly what: string
  readonly hex: string
}

export interface Account {
  cases: number
  taken: number
  octets: number
  /** Microseconds. */
  slowest: number
}

export interface Campaign {
  readonly seed: number
  /** The next case of every target. */
  next: number
  readonly accounts: Record<string, Account>
  readonly findings: Finding[]
}

/** Milliseconds one message may take. */
const hang = 1
/**
 * A case that took longer is tried again, by the processor's clock: a busy machine is no slow decoder, and neither is
 * one that has just started, with nothing compiled yet.
 */
const retries = 25

export function newCampaign(seed: number): Campaign {
  return { seed, next: 0, accounts: {}, findings: [] }
}

/** Goes on where the campaign stands, by `count` cases of every target. */
export function advance(campaign: Campaign, targets: readonly FuzzTarget[], count: number): void {
  const end = campaign.next + count
  for (const [position, target] of targets.entries()) {
    const account = (campaign.accounts[target.name] ??= { cases: 0, taken: 0, octets: 0, slowest: 0 })
    for (let index = campaign.next; index < end; index++) {
      const finding = runCase(target, { position, index, seed: campaign.seed }, account)
      if (finding !== undefined) campaign.findings.push(finding)
    }
  }
  campaign.next = end
}

interface Place {
  readonly seed: number
  readonly position: number
  readonly index: number
}

export function runCase(target: FuzzTarget, place: Place, account: Account): Finding | undefined {
  const { seed, position, index } = place
  const make = () => ({ ...mutated(new Random(seed, position, index), target.corpus), salt: index })
  const one = make()
  const finding = (what: string): Finding => {
    return { target: target.name, index, what, hex: Buffer.from(make().bytes).toString('hex') }
  }
  account.cases++
  account.octets += one.bytes.length
  try {
    let took = timed(() => void (account.taken += target.take(one) ? 1 : 0))
    for (let again = 0; took > hang && again < retries; again++) {
      const repeated = make()
      took = Math.min(
        took,
        worked(() => void target.take(repeated)),
      )
    }
    account.slowest = Math.max(account.slowest, Math.round(took * 1000))
    return took > hang ? finding(`it takes ${took.toFixed(1)} ms`) : undefined
  } catch (error) {
    return finding(String(error))
  }
}

/** Milliseconds that this process had a processor; time spent waiting for one does not count. */
function worked(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
