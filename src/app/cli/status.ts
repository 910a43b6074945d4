/* herald status: what each process does, from the views they write, or from the page that one of them serves. */
import { join, resolve } from 'node:path'

import { Command, Option } from 'commander'

import { messageOf } from '#core/errors.ts'

import { readViews } from '../node/view/view-file.ts'
import type { NodeView } from '../node/view/node-view.ts'
import { statusText } from '../node/view/status-text.ts'
import { statusDocument, viewsIn } from '../status-page/status-document.ts'
import { addDecisionOptions, addPluginOptions } from './decision-options.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import { outputFormats, serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { addClusterOptions, type SourceOptions } from './source.ts'
import { statusOfCluster } from './status-of-cluster.ts'
import { watch } from './watch.ts'

type StatusFormat = OutputFormat | 'wide'

interface Flags extends SourceOptions {
  readonly state?: string
  readonly output: StatusFormat
  readonly watch: boolean
}

/** Where the views come from. */
export interface StatusPlace {
  /** For messages. */
  readonly name: string
  readonly read: () => Promise<readonly NodeView[]>
}

const watchEvery = 1000

export function statusCommand(): Command {
  const command = new Command('status')
    .description('show what the processes allocate and announce, and what is wrong')
    .argument('[dir|url]', 'folder that herald standalone runs on, or a status page; the cluster when absent')
    .option('--state <dir>', 'state folder, as given to herald standalone (default: DIR/.herald)')
    .addOption(
      new Option('-o, --output <format>', 'text and wide are for people, the others are for programs')
        .choices([...outputFormats, 'wide'])
        .default('text'),
    )
    .option('-w, --watch', 'print again whenever something changes, until interrupted', false)
  return addPluginOptions(addDecisionOptions(addClusterOptions(command))).action(
    async (where: string | undefined, flags: Flags) => {
      const terminal = processTerminal()
      const { state, output, watch: again } = flags
      if (where === undefined) {
        process.exitCode = await statusOfCluster(flags, command, terminal)
        return
      }
      const place = isUrl(where) ? pageAt(where) : folderAt(where, state)
      if (again) await watch(() => textOf(place, output, terminal), terminal, { every: watchEvery })
      else process.exitCode = await status(place, output, terminal)
    },
  )
}

/** 0: every process that has not stopped is ready and sees no problem; 1: one is not, or nothing could be read. */
export async function status(
  place: StatusPlace,
  output: StatusFormat,
  terminal: Terminal,
): Promise<ExitStatus> {
  const views = await readOrSay(place, terminal)
  if (views === undefined) return 1
  terminal.out(rendered(views, output))
  return views.every(isWell) ? 0 : 1
}

async function textOf(
  place: StatusPlace,
  output: StatusFormat,
  terminal: Terminal,
): Promise<string | undefined> {
  const views = await readOrSay(place, terminal)
  return views && rendered(views, output)
}

async function readOrSay({ name, read }: StatusPlace, terminal: Terminal) {
  try {
    const views = await read()
    if (views.length > 0) return views
    terminal.err(`herald status: ${name}: no process has written its view here\n`)
  } catch (cause) {
    terminal.err(`herald status: ${name}: ${messageOf(cause)}\n`)
  }
  return undefined
}

function rendered(views: readonly NodeView[], output: StatusFormat): string {
  if (output === 'text' || output === 'wide') return statusText(views, { wide: output === 'wide' })
  return serialised(statusDocument(views), output)
}

function isWell({ role, readiness, problems }: NodeView): boolean {
  return role === 'stopped' || (readiness.ready && problems.length === 0)
}

export function folderAt(folder: string, state?: string): StatusPlace {
  const stateFolder = state === undefined ? join(folder, '.herald') : resolve(state)
  return { name: stateFolder, read: () => readViews(stateFolder) }
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text)
}

/** A folder of the page's address is kept: pages are often reached through a proxy's path. */
export function pageAt(address: string): StatusPlace {
  const url = new URL('api/v1/status', address.endsWith('/') ? address : `${address}/`)
  return {
    name: address,
    async read() {
      const response = await fetch(url).catch((cause: unknown) => {
        throw new Error(`no answer: ${reasonOf(cause)}`)
      })
      if (!response.ok) throw new Error(`${response.status} ${(await response.text()).trim()}`)
      return viewsIn(await response.json())
    },
  }
}

/** Node's fetch says only "fetch failed"; why is in its cause. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error ? (error.cause ?? error) : error)
}
