/* tcpdump in a node's namespace: parsed text as it comes, and the capture file. */
import type { LabProcess } from './process.ts'
import { until } from './until.ts'

export interface CaptureOptions {
  /** File for the raw packets; without it there is text only. */
  readonly pcap?: string
}

export class Capture {
  readonly process: LabProcess

  /** Use `LabNode.capture`. */
  constructor(process: LabProcess) {
    this.process = process
  }

  /** One decoded packet each, with link-level header and a timestamp in seconds since the epoch in front. */
  get packets(): readonly CapturedPacket[] {
    return this.process.lines.flatMap((line) => {
      const match = /^(\d+\.\d+) (.*)$/.exec(line)
      return match ? [{ at: Number(match[1]), text: match[2] ?? '' }] : []
    })
  }

  /** Waits until a packet matches, seen already or to come. */
  waitForPacket(pattern: RegExp, timeout = 10_000): Promise<CapturedPacket> {
    return until(
      `a packet that matches ${String(pattern)}`,
      () => this.packets.find(({ text }) => pattern.test(text)),
      { timeout },
    )
  }

  /** Ends the capture and returns every packet seen. */
  async stop(): Promise<readonly CapturedPacket[]> {
    this.process.kill('SIGINT')
    await this.process.exited
    return this.packets
  }
}

export interface CapturedPacket {
  /** Seconds since the epoch, to the microsecond. */
  readonly at: number
  /** As tcpdump -e -n prints it. */
  readonly text: string
}
