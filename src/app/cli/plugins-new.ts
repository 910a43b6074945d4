/* herald plugins new: a folder with a plugin whose tests pass at once. */
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Command, InvalidArgumentError, Option } from 'commander'

import { scaffold, type Language } from '../plugin-kit/scaffold.ts'
import { version } from '../version.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import type { ExitStatus } from './plan.ts'

export function pluginsNewCommand(terminal: Terminal = processTerminal()): Command {
  return new Command('new')
    .description('make a folder with a small plugin that passes its tests')
    .argument('<name>', 'name of the plugin, and of the folder', parseName)
    .addOption(
      new Option('--lang <language>', 'what it is written in')
        .choices(['typescript', 'python'])
        .default('typescript'),
    )
    .action(async (name: string, { lang }: { readonly lang: Language }) => {
      process.exitCode = await newPlugin(name, lang, terminal)
    })
}

async function newPlugin(name: string, language: Language, terminal: Terminal): Promise<ExitStatus> {
  const folder = resolve(name)
  if (existsSync(folder)) {
    terminal.err(`herald plugins new: ${folder} exists already\n`)
    return 1
  }
  for (const { path, text, executable = false } of scaffold(name, language, installation())) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    if (executable) await chmod(file, 0o755)
  }
  const next = language === 'python' ? `herald plugins test ${name}` : `cd ${name} && npm install && npm test`
  terminal.out(`${name}: an announcer plugin in ${language}. Next: ${next}\n`)
  return 0
}

/** Run from a checkout, the new plugin uses that checkout; installed by npm, the same version. */
function installation(): { readonly spec: string; readonly herald: string } {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const installed = root.includes('/node_modules/')
  return { spec: installed ? `^${version}` : `file:${root}`, herald: 'herald' }
}

function parseName(text: string): string {
  if (/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text
  throw new InvalidArgumentError(
    'Allowed: lower-case letters, digits and hyphens, a letter first, at most 63.',
  )
}
