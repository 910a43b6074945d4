/* Runs a command as the program would, with a terminal that remembers. */
import { Readable } from 'node:stream'

import { Command, CommanderError } from 'commander'

import { drainCommand, undrainCommand } from '#app/cli/drain.ts'
import { explainCommand } from '#app/cli/explain.ts'
import { frrConfigCommand } from '#app/cli/frr-config.ts'
import { moveCommand } from '#app/cli/move.ts'
import { planCommand } from '#app/cli/plan.ts'
import { pluginsCommand } from '#app/cli/plugins.ts'

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

export async function run(
  args: readonly string[],
  { stdin = '', isTTY = false }: { readonly stdin?: string; readonly isTTY?: boolean } = {},
): Promise<Ran> {
  let [out, err] = ['', '']
  const terminal = {
    stdin: Readable.from([stdin]),
    isTTY,
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  }
  const before = process.exitCode
  const program = new Command('herald').exitOverride()
  const commands = [
    planCommand,
    explainCommand,
    frrConfigCommand,
    pluginsCommand,
    drainCommand,
    undrainCommand,
    moveCommand,
  ]
  for (const make of commands) {
    const command = make(terminal)
    command.exitOverride().configureOutput({ writeErr: terminal.err, writeOut: terminal.out })
    program.addCommand(command)
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return { status: Number(process.exitCode ?? 0), out, err }
  } catch (error) {
    if (error instanceof CommanderError) return { status: error.exitCode === 0 ? 0 : 2, out, err }
    throw error
  } finally {
    process.exitCode = before
  }
}
