/*
 * The client that never stops asking: a fresh TCP connection and an HTTP request at a steady pace, each attempt one JSON
 * line. It runs as a process of its own inside the client's namespace, so its clock is not disturbed by the demo.
 */
import { get } from 'node:http'

import type { LabNode, LabProcess } from '../index.ts'

export interface Attempt {
  /** Milliseconds of the machine's monotonic clock, when the attempt began. */
  readonly at: number
  readonly ok: boolean
  /** How long it took, in milliseconds. */
  readonly took: number
  /** The `host_name` of the answer, or the error's code. */
  readonly said: string
}

const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

export class Probe {
  private readonly process: LabProcess

  constructor(node: LabNode, url: string, pace: { readonly every: number; readonly patience: number }) {
    const argv = [
      process.execPath,
      process.argv[1] ?? '',
      'probe',
      url,
      String(pace.every),
      String(pace.patience),
    ]
    this.process = node.spawn(argv, { name: `probe of ${url}` })
  }

  static now(): number {
    return monotonic()
  }

  attempts(): Attempt[] {
    return this.process.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Attempt)
  }

  async stop(): Promise<Attempt[]> {
    await this.process.stop()
    return this.attempts()
  }
}

/** When the first attempt that began after the cut was answered: one that began while it was made may have got through. */
export function firstAnswer(attempts: readonly Attempt[], cut: number): number | undefined {
  const answers = attempts.filter(({ ok, at }) => ok && at > cut).map(({ at, took }) => at + took)
  return answers.length === 0 ? undefined : Math.min(...answers)
}

/** The process itself: `probe URL EVERY PATIENCE`, both in milliseconds. */
export function runProbe([url = '', every = '10', patience = '100']: readonly string[]): void {
  const timer = setInterval(() => attempt(url, Number(patience)), Number(every))
  process.once('SIGTERM', () => {
    clearInterval(timer)
    setTimeout(() => process.exit(0), Number(patience))
  })
}

function attempt(url: string, patience: number): void {
  const at = monotonic()
  const report = (ok: boolean, said: string): void => {
    const line: Attempt = { at, ok, took: monotonic() - at, said }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  const request = get(url, { agent: false, timeout: patience }, (response) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => (body += chunk))
    response.on('end', () => report(true, hostOf(body)))
  })
  request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })))
  request.on('error', (error: NodeJS.ErrnoException) => report(false, error.code ?? error.message))
}

function hostOf(body: string): string {
  try {
    return (JSON.parse(body) as { host_name?: string }).host_name ?? body
  } catch {
    return body
  }
}
