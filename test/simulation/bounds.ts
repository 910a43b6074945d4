/* How long what may happen may last, by the timing and the weather of a scenario. Milliseconds. */
import type { Scenario } from './scenario.ts'

/** Loss costs a beat or a comparison of digests each time. */
function forLoss({ weather, faults }: Scenario): number {
  const loss = Math.max(weather.loss, ...faults.map((fault) => (fault.kind === 'loss' ? fault.loss : 0)))
  return loss === 0 ? 0 : loss <= 0.02 ? 250 : 1000
}

function forDelay({ weather, faults }: Scenario): number {
  return Math.max(weather.delay, ...faults.map((fault) => (fault.kind === 'delay' ? fault.delay : 0)))
}

/** For how long main threads are kept busy, all in all; `node`: its own alone. */
export function forBusy({ faults }: Scenario, node?: number): number {
  return lasting(
    faults.filter((fault) => fault.kind === 'busy' && (node === undefined || fault.node === node)),
  )
}

function lasting(faults: Scenario['faults']): number {
  return faults.reduce((sum, { lasts }) => sum + lasts, 0)
}

/** Three probes and the wait for their answers, in slices of 5 ms. */
export const askingTime = 30

/** From one probe to the next, and the answer to that: as long may one who answers while it asks do so beside another. */
export const betweenQuestions = 10

/** Two owners, once they can reach each other: 200 ms of the default profile's beats of 25 ms. */
export function longestOverlap(scenario: Scenario): number {
  return 8 * scenario.timing.beatEvery + 4 * forDelay(scenario) + forLoss(scenario)
}

/** A crowd of gates that open is told of every 50 ms. */
function forGates({ gated }: Scenario): number {
  return gated ? 60 : 0
}

/**
 * Three failures in a row that each take their time, on each node whose path is broken; `healed`: paths that have healed
 * so far, which open again after several successes.
 */
export function unreachedBound(scenario: Scenario, healed: number): number {
  const failing = 3000 + 2200 * scenario.faults.length
  return (
    failing + reopening(healed) + 8 * scenario.timing.beatEvery + 10 * forDelay(scenario) + forLoss(scenario)
  )
}

/** Three successes after the first time, one a second, and twice as many with each. */
function reopening(times: number): number {
  return times === 0 ? 0 : 1000 * (1 + 3 * 2 ** (times - 1))
}

/** For how long a node may take what one who stopped has said for consent; its clock or its main thread may be late. */
export function consentBound(scenario: Scenario, node: number): number {
  const stops = scenario.faults.filter(
    (fault) => (fault.kind === 'pause' || fault.kind === 'freeze') && fault.node === node,
  )
  return 1000 + 100 + lasting(stops) + forBusy(scenario, node)
}

/** From a silent death to the next answer, in an otherwise calm cluster. */
export function takeoverBound(scenario: Scenario): number {
  const { deadAfter, beatEvery, confirmAfter } = scenario.timing
  const asked = 20 + 10 + forGates(scenario)
  return deadAfter + 2 * beatEvery + 3 * confirmAfter + asked + 6 * forDelay(scenario) + forLoss(scenario)
}

/** After a short pause, until the same node answers again. */
export function longestGap(scenario: Scenario): number {
  return 3 * scenario.timing.beatEvery + 4 * forDelay(scenario) + forLoss(scenario) + forBusy(scenario)
}

/** An offer that nobody came for, and the rest until it is made again (core/moves/pace.ts). */
const untakenOffer = 13_000

/** Once everything is mended: waiting for a holder, an offer that runs out, an address found taken. */
export function settlingBound(scenario: Scenario): number {
  const { deadAfter, beatEvery } = scenario.timing
  const healed = scenario.faults.filter(({ kind }) => kind === 'path').length
  const calm = untakenOffer + 6000 + reopening(healed)
  return calm + 4 * deadAfter + 4 * scenario.nodes * beatEvery + forLoss(scenario)
}
