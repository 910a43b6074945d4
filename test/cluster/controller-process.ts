/* `herald controller` as a process of this machine, which reaches the API server through a FaultProxy. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { Hopeless } from '#lab/until.ts'
import { transcribe } from '#lab/transcript.ts'

const herald = fileURLToPath(new URL('../../dist/herald.js', import.meta.url))

export class ControllerProcess implements AsyncDisposable {
  readonly name: string
  readonly lines: string[] = []
  private readonly child: ChildProcess
  private readonly ended: Promise<void>

  constructor(kubeconfig: string, name: string, ...flags: readonly string[]) {
    this.name = name
    const argv = [
      herald,
      'controller',
      '--kubeconfig',
      kubeconfig,
      '--pod-name',
      name,
      '--metrics-address',
      'off',
      ...flags,
    ]
    this.child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.child.stderr?.on('data', (text: Buffer) => {
      transcribe(argv, text.toString())
      this.lines.push(...text.toString().split('\n').filter(Boolean))
    })
    this.ended = new Promise((resolve) => this.child.on('exit', () => resolve()))
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get log(): string {
    return this.lines.join('\n')
  }

  get lastWords(): string {
    return [`${this.name} said last:`, ...this.lines.slice(-20)].join('\n')
  }

  /** @throws Hopeless when it has ended. */
  leads(): boolean {
    const { exitCode, signalCode } = this.child
    if (exitCode !== null || signalCode !== null)
      throw new Hopeless(`${this.name} has ended (${exitCode ?? signalCode}): ${this.lastWords}`)
    return this.log.includes('"msg":"leading"')
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode === null) this.child.kill(signal)
    await this.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}
