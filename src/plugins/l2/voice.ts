/*
 * What may be said, and saying it. Every answer passes `mayAnswer` right before it is sent: a target without a grant, at
 * stage `arm`, or whose fence slot holds another epoch is silent, whatever was scheduled, and so is one for which
 * somebody else answers.
 */
import type { Fence } from '#core/announcer.ts'
import { isAccepted, type Entry } from './entry.ts'
import type { LinkFacts } from './interfaces.ts'
import type { L2Target } from './protocol.ts'
import type { Reporter } from './reporter.ts'
import type { Wire } from './wire.ts'

export interface VoiceDeps {
  readonly fence: Fence
  readonly wire: Wire
  readonly reporter: Reporter
}

export class Voice {
  readonly #deps: VoiceDeps

  constructor(deps: VoiceDeps) {
    this.#deps = deps
  }

  permitted({ stage, grant }: L2Target): boolean {
    return stage !== 'arm' && grant !== undefined && this.#deps.fence.permits(grant)
  }

  mayAnswer(entry: Entry): boolean {
    return this.permitted(entry.target) && isAccepted(entry)
  }

  /** False, and counted, when the kernel refuses the frame. */
  send(link: LinkFacts, frame: Uint8Array): boolean {
    try {
      this.#deps.wire.send(link, frame)
      return true
    } catch {
      this.#deps.reporter.countSendError(link.name)
      return false
    }
  }
}
