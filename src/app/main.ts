/* The program. */
// First of all: a bundle may run tsyringe before the modules that import it.
import 'reflect-metadata'

import { Command, CommanderError } from 'commander'

import { adoptCommand } from './cli/adopt.ts'
import { controllerCommand } from './cli/controller.ts'
import { doctorCommand } from './cli/doctor.ts'
import { drainCommand, undrainCommand } from './cli/drain.ts'
import { explainCommand } from './cli/explain.ts'
import { frrConfigCommand } from './cli/frr-config.ts'
import { labCommand } from './cli/lab.ts'
import { moveCommand } from './cli/move.ts'
import { planCommand } from './cli/plan.ts'
import { pluginsCommand } from './cli/plugins.ts'
import { speakerCommand } from './cli/speaker.ts'
import { standaloneCommand } from './cli/standalone.ts'
import { statusCommand } from './cli/status.ts'
import { validateCommand } from './cli/validate.ts'
import { runPollLoopIfWorker } from './poll-loop.ts'
import { version } from './version.ts'

const usageError = 2

async function main(): Promise<void> {
  const program = new Command('herald')
    .description('addresses for Services of type LoadBalancer on bare metal, announced by ARP, NDP or BGP')
    .version(version)
    .showHelpAfterError('(herald --help, or --help after a command, lists what there is)')
  const commands = [
    standaloneCommand,
    controllerCommand,
    speakerCommand,
    statusCommand,
    drainCommand,
    undrainCommand,
    moveCommand,
    planCommand,
    explainCommand,
    doctorCommand,
    adoptCommand,
    validateCommand,
    pluginsCommand,
    frrConfigCommand,
    labCommand,
  ]
  for (const command of commands) program.addCommand(command())
  for (const command of [program, ...program.commands]) withPreciseExit(command)
  try {
    await program.parseAsync()
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    process.exitCode = cause.exitCode === 0 ? 0 : usageError
  }
}

/** Commander ends with 1 for a bad command line; here 1 is for bad input and 2 for bad usage. */
function withPreciseExit(command: Command): void {
  command.exitOverride().copyInheritedSettings(command.parent ?? command)
  for (const below of command.commands) withPreciseExit(below)
}

/** `herald plan … | head`: a reader that has seen enough is no fault of ours, and no reason for a stack trace. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

if (!runPollLoopIfWorker()) {
  process.stdout.on('error', endWithReader)
  await main()
}
