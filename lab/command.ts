/* Short-lived commands: run to their end, with everything they printed. */
import { spawn } from 'node:child_process'

import { programEnvironment } from './programs.ts'
import { transcribe } from './transcript.ts'

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  /** Exit status; 128 + signal number is not synthesised: see `signal`. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface CommandOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Milliseconds until the command is killed; default 30,000. */
  readonly timeout?: number
}

/** A command that could not be run or did not exit with 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly argv: readonly string[]
  readonly result: CommandResult | undefined

  constructor(argv: readonly string[], what: string, result?: CommandResult) {
    super(`${argv.join(' ')}: ${what}`)
    this.argv = argv
    this.result = result
  }
}

/** Runs to the end whatever the exit status; rejects only when the program cannot be started or outlives its time. */
export function execute(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv
  const timeout = options.timeout ?? 30_000
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: options.cwd, env: programEnvironment(options.env) })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeout)
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new CommandError(argv, error.message))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const result = { stdout: text(out), stderr: text(err), code, signal }
      transcribe(argv, result.stdout + result.stderr)
      if (late) reject(new CommandError(argv, `not done after ${timeout} ms`, result))
      else resolve(result)
    })
    // A program that exits without reading its input closes the pipe; its exit status says what happened.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.stdin ?? '')
  })
}

/** As `execute`, but any end other than exit status 0 is an error with what the program printed. Returns stdout. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await execute(argv, options)
  if (result.code !== 0) throw new CommandError(argv, describeEnd(result), result)
  return result.stdout
}

export function describeEnd(result: CommandResult): string {
  const end = result.signal === null ? `exit status ${result.code}` : `killed by ${result.signal}`
  const said = result.stderr.trim() || result.stdout.trim()
  return said === '' ? end : `${end}: ${said}`
}

/** Feeds lines to `ip -batch`, in the given namespace; the error names the line that failed. */
export async function ipBatch(lines: readonly string[], netns?: string): Promise<void> {
  if (lines.length === 0) return
  const argv = ['ip', ...(netns === undefined ? [] : ['-n', netns]), '-batch', '-']
  const result = await execute(argv, { stdin: `${lines.join('\n')}\n` })
  if (result.code === 0) return
  const failed = Number(/Command failed -:(\d+)/.exec(result.stderr)?.[1] ?? 0)
  const line = lines[failed - 1]
  throw new CommandError(argv, `${describeEnd(result)}${line === undefined ? '' : ` (${line})`}`, result)
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}
