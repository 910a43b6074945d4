import { milliseconds, type Duration } from '../model/duration.ts'

/** How fast the members of a folder notice each other's silence. */
export interface MembershipTiming {
  /** Every member sends one beat to every other member this often. */
  readonly beatEvery: Duration
  /** Silence longer than this means dead. */
  readonly deadAfter: Duration
  /**
   * A gap in our own clock longer than this is a pause of ours: the others may have taken over meanwhile. Two beats
   * below `deadAfter`, so that a pause of ours is recognised before anybody can have missed us, and before we can
   * mistake it for the silence of others.
   */
  readonly pauseAfter: Duration
}

export const defaultBeatEvery: Duration = milliseconds(50)
export const defaultDeadAfter: Duration = milliseconds(350)

/** Five beats at least: fewer, and a single lost datagram after a short pause looks like a death. */
export const minimumBeatsToDeath = 5

export function timingOf(beatEvery: Duration, deadAfter: Duration): MembershipTiming {
  return { beatEvery, deadAfter, pauseAfter: milliseconds(deadAfter - 2 * beatEvery) }
}
