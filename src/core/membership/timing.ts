import { milliseconds, type Duration } from '../model/duration.ts'

/** How fast members notice each other's silence. */
export interface MembershipTiming {
  /** A member sends a beat to each of its watchers this often. */
  readonly beatEvery: Duration
  /** Silence longer than this, counted from the latest beat that anybody heard, is a suspicion. */
  readonly deadAfter: Duration
  /**
   * A gap in our own clock longer than this is a pause of ours: the others may have taken over meanwhile. Two beats
   * below `deadAfter`, so that a pause is recognised before anybody can have missed us.
   */
  readonly pauseAfter: Duration
  /** How long other vantage points have to answer for a suspect. */
  readonly confirmAfter: Duration
}

export type Profile = 'fast' | 'default' | 'relaxed'

/** Five beats at least: fewer, and a single lost datagram after a short pause looks like a death. */
export const minimumBeatsToDeath = 5

const longestConfirmation = 20

export function timingOf(beatEvery: Duration, deadAfter: Duration): MembershipTiming {
  return {
    beatEvery,
    deadAfter,
    pauseAfter: milliseconds(deadAfter - 2 * beatEvery),
    confirmAfter: milliseconds(Math.min(longestConfirmation, beatEvery)),
  }
}

/**
 * `default` tolerates pauses of 250 ms: 250 + one beat + a late wake-up stay below the threshold. `fast` is for nodes
 * whose kernel schedules promptly: it tolerates 80 ms. `relaxed` is for links that lose much or nodes that stall.
 */
export const profiles: Readonly<Record<Profile, MembershipTiming>> = {
  fast: timingOf(milliseconds(20), milliseconds(130)),
  default: timingOf(milliseconds(25), milliseconds(300)),
  relaxed: timingOf(milliseconds(200), milliseconds(2000)),
}
