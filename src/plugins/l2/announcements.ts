/* Tells each segment, unasked, what this node has begun to answer for: in rounds at first, then as often as configured. */
import type { Address } from '#core/model/address.ts'
import { packed } from '#core/model/collections.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import type { L2Config } from './config.ts'
import { Crier } from './crier.ts'
import type { Cry, Entries, Entry } from './entry.ts'
import { gratuitousFrames } from './gratuitous.ts'
import type { Listeners } from './listeners.ts'
import { Patrol } from './patrol.ts'
import type { Reporter } from './reporter.ts'
import type { Voice } from './voice.ts'
import { sameMac } from './wire/ethernet.ts'

export interface AnnouncementsDeps {
  readonly config: L2Config
  readonly clock: Clock
  readonly entries: Entries
  readonly listeners: Listeners
  readonly reporter: Reporter
  readonly voice: Voice
  /** Nobody was told after all; the rounds begin anew when the fence permits. */
  readonly kept: (entry: Entry) => void
}

export class Announcements {
  readonly #deps: AnnouncementsDeps
  readonly #crier: Crier<Cry>
  readonly #refresh: Patrol<Address>

  constructor(deps: AnnouncementsDeps) {
    this.#deps = deps
    const { clock, config } = deps
    this.#crier = new Crier({
      clock,
      perSecond: config.gratuitousPerSecond,
      cry: (cry, round) => this.#cry(cry, round),
    })
    this.#refresh = new Patrol({
      clock,
      period: seconds(config.refreshSeconds),
      perSecond: config.refreshSeconds === 0 ? 0 : config.gratuitousPerSecond,
      visit: (address) => this.#announceAnew(address),
    })
  }

  /** Starts the rounds where neighbours have not been told this epoch and hardware address; `run` sends the first. */
  proclaim(entry: Entry): void {
    const { target, placing } = entry
    const { listeners, voice } = this.#deps
    if (target.stage !== 'serve' || !voice.mayAnswer(entry)) return
    for (const { index, hardwareAddress } of placing.links) {
      const cry = { address: target.address, index, counter: target.grant?.epoch.counter, hardwareAddress }
      const earlier = entry.cries.find((one) => one.index === index)
      if (sameCry(earlier, cry) || listeners.get(index)?.fault !== undefined) continue
      if (earlier !== undefined) this.#crier.stop(earlier)
      entry.cries = packed([...entry.cries.filter((one) => one !== earlier), cry])
      this.#crier.start(cry)
    }
  }

  /** Sends what is due. */
  run(): void {
    this.#crier.run()
  }

  /** Only what is served is announced again. */
  follow({ target }: Entry): void {
    if (target.stage === 'serve') this.#refresh.add(target.address)
    else this.#refresh.remove(target.address)
  }

  /** Says nothing more on links other than these. */
  keepTo(links: ReadonlySet<number>, entry: Entry): void {
    for (const cry of entry.cries) if (!links.has(cry.index)) this.#unsay(entry, cry)
  }

  forget(entry: Entry): void {
    this.#refresh.remove(entry.target.address)
    this.keepTo(new Set(), entry)
  }

  close(): void {
    this.#crier.close()
    this.#refresh.close()
  }

  #announceAnew(address: Address): void {
    const entry = this.#deps.entries.get(address)
    for (const cry of entry?.cries ?? []) this.#cry(cry, 0)
  }

  /** Returns how many frames it took. */
  #cry(cry: Cry, round: number): number {
    const { entries, listeners, reporter, voice } = this.#deps
    const entry = entries.get(cry.address)
    const link = listeners.get(cry.index)?.link
    if (entry === undefined || link === undefined) return 0
    // Also when it began to retire between two rounds: the next owner is being announced by then.
    if (entry.target.stage !== 'serve' || !voice.mayAnswer(entry)) {
      this.#unsay(entry, cry)
      return 0
    }
    const frames = gratuitousFrames(cry.address, link.hardwareAddress, round)
    for (const frame of frames) if (voice.send(link, frame)) reporter.count(cry.address, 'gratuitous')
    return frames.length
  }

  #unsay(entry: Entry, cry: Cry): void {
    this.#crier.stop(cry)
    entry.cries = packed(entry.cries.filter((one) => one !== cry))
    this.#deps.kept(entry)
  }
}

function sameCry(a: Cry | undefined, b: Cry): boolean {
  return a !== undefined && a.counter === b.counter && sameMac(a.hardwareAddress, b.hardwareAddress)
}
