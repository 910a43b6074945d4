/* BFD in memory: sessions that go up and down when a test says so. */
import type { StateChange } from '#plugins/native-bgp/bfd/fsm/model.ts'
import type { BfdProfile } from '#plugins/native-bgp/bfd/profile.ts'
import type { BfdEnds, BfdEvents, BfdHandle, BfdService } from '#plugins/native-bgp/bfd/service.ts'

export class FakeBfdSession implements BfdHandle {
  readonly ends: BfdEnds
  readonly events: BfdEvents
  profiles: BfdProfile[]
  closed = false

  constructor(ends: BfdEnds, profile: BfdProfile, events: BfdEvents) {
    this.ends = ends
    this.events = events
    this.profiles = [profile]
  }

  configure(profile: BfdProfile): void {
    this.profiles.push(profile)
  }

  close(): void {
    this.closed = true
  }

  up(): void {
    this.events.changed({ from: 'Init', to: 'Up', diagnostic: 0, remoteDisabled: false })
  }

  down(change: Partial<StateChange> = {}): void {
    this.events.changed({ from: 'Up', to: 'Down', diagnostic: 1, remoteDisabled: false, ...change })
  }
}

export class FakeBfd implements BfdService {
  readonly sessions: FakeBfdSession[] = []

  start(ends: BfdEnds, profile: BfdProfile, events: BfdEvents): BfdHandle {
    const session = new FakeBfdSession(ends, profile, events)
    this.sessions.push(session)
    return session
  }
}
