/* herald status: what each process on a folder does, from the views they write. */
import { join, resolve } from 'node:path'

import { Command } from 'commander'

import { readViews } from '../node/view/view-file.ts'
import type { NodeView } from '../node/view/node-view.ts'
import { statusText } from '../node/view/status-text.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import { outputOption, serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'

interface Flags {
  readonly state?: string
  readonly output: OutputFormat
}

export function statusCommand(): Command {
  return new Command('status')
    .description('show what the processes on a folder allocate and announce, and what is wrong')
    .argument('<dir>', 'folder of manifests that herald standalone runs on')
    .option('--state <dir>', 'state folder, as given to herald standalone (default: DIR/.herald)')
    .addOption(outputOption())
    .action(async (folder: string, { state, output }: Flags) => {
      const stateFolder = state === undefined ? join(folder, '.herald') : resolve(state)
      process.exitCode = await status(stateFolder, output, processTerminal())
    })
}

/** 0: every process that has not stopped is ready and sees no problem; 1: one is not, or nobody wrote a view. */
export async function status(
  stateFolder: string,
  output: OutputFormat,
  terminal: Terminal,
): Promise<ExitStatus> {
  const views = await readViews(stateFolder)
  if (views.length === 0) {
    terminal.err(`herald status: ${stateFolder}: no process has written its view here\n`)
    return 1
  }
  const document = { apiVersion: 'heraldlb.io/v1alpha1', kind: 'Status', nodes: views }
  terminal.out(output === 'text' ? statusText(views) : serialised(document, output))
  return views.every(isWell) ? 0 : 1
}

function isWell({ role, readiness, problems }: NodeView): boolean {
  return role === 'stopped' || (readiness.ready && problems.length === 0)
}
