import type { AdjRibOut } from './adj-rib-out.ts'
import type { Failure } from './errors.ts'
import type { StateName } from './fsm/model.ts'
import type { Received } from './wire/message.ts'
import type { Notification } from './wire/notification.ts'

/** What a session tells about itself. */
export interface SessionObserver {
  /** The peer's state, or the reason it is in trouble, is another. */
  changed(state: StateName, failure: Failure | undefined): void
  attemptFailed(): void
  received(message: Received): void
  notified(notification: Notification): void
  updateSent(): void
  /** The peer has been told more, or should be. */
  routesChanged(rib: AdjRibOut): void
}
