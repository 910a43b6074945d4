/* herald validate: every fault of manifests, one a line, for people and for the checks of a repository. */
import { Command, Option } from 'commander'

import { builtInAnnouncers } from '../announcer-infos.ts'
import { factsOf } from '../manifests/facts.ts'
import { loadManifests } from '../manifests/load.ts'
import type { ManifestSet } from '../manifests/merge.ts'
import type { Note, Place } from '../manifests/source.ts'
import {
  addDecisionOptions,
  addPluginOptions,
  settingsFrom,
  type DecisionOptions,
} from './decision-options.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import { decide } from '#core/decide.ts'
import { compareText } from '#core/model/collections.ts'
import type { Problem } from '#core/model/decisions.ts'
import type { Settings } from '#core/model/facts.ts'
import { faultsOfRemains } from '#core/remains.ts'

export interface ValidateOptions extends DecisionOptions {
  readonly filename: readonly string[]
  /** `github`: workflow commands, which GitHub shows as annotations of the lines. */
  readonly output: 'text' | 'github'
}

/** A fault, with its place where one is known. */
interface Finding extends Problem {
  readonly place?: Place
}

export function validateCommand(): Command {
  const command = new Command('validate')
    .description('print every fault of manifests, one a line: FILE:LINE: OBJECT FIELD: MESSAGE')
    .requiredOption('-f, --filename <path...>', 'file, folder, or - for standard input; repeatable')
    .addOption(
      new Option('-o, --output <format>', 'lines for people, or annotations for GitHub')
        .choices(['text', 'github'])
        .default('text'),
    )
  return addPluginOptions(addDecisionOptions(command)).action(async (options: ValidateOptions) => {
    process.exitCode = await validate(options, processTerminal())
  })
}

/** The exit status: 0 without faults, 1 with. */
export async function validate(options: ValidateOptions, terminal: Terminal): Promise<0 | 1> {
  const { namespace, filename, output } = options
  const set = await loadManifests(filename, { namespace, stdin: terminal.stdin })
  const findings = findingsIn(set, settingsFrom(options, options.announcers ?? builtInAnnouncers))
  const line = output === 'github' ? annotation : textLine
  for (const finding of findings) terminal.out(`${line(finding)}\n`)
  for (const note of set.notes) {
    if (output === 'github') terminal.out(`${noticeOf(note)}\n`)
    else terminal.err(`${note.file}: note: ${note.message}\n`)
  }
  terminal.err(`${summary(set, findings.length)}\n`)
  return findings.length === 0 ? 0 : 1
}

/** The problems of the plan: those of reading, and those that show when the objects are seen together. */
function findingsIn(set: ManifestSet, settings: Settings): Finding[] {
  const read = set.problems.map((problem): Finding => ({ ...problem, place: problem }))
  const facts = factsOf(set, settings)
  const found = [...decide(facts, { rankings: false }).problems, ...faultsOfRemains(facts, set.remains)]
  const decided = found.map((problem): Finding => {
    const place = set.locate(problem.object, problem.field)
    return place === undefined ? problem : { ...problem, place }
  })
  return [...read, ...decided].sort(byPlace)
}

/** What has no place comes first: it is about the input as a whole. */
function byPlace({ place: a }: Finding, { place: b }: Finding): number {
  return compareText(a?.file ?? '', b?.file ?? '') || (a?.line ?? 0) - (b?.line ?? 0)
}

function textLine(finding: Finding): string {
  const { place } = finding
  return place === undefined ? sentence(finding) : `${place.file}:${place.line}: ${sentence(finding)}`
}

/** A fault of a whole file needs no object: its place says it. */
function sentence({ object, field, message }: Finding): string {
  const subject = [object.startsWith('File ') ? '' : object, field].filter((part) => part !== '').join(' ')
  return subject === '' ? message : `${subject}: ${message}`
}

function annotation(finding: Finding): string {
  const { place, reason } = finding
  const where =
    place === undefined || place.file === '-' ? {} : { file: place.file, line: String(place.line) }
  return workflowCommand('error', { ...where, title: reason }, sentence(finding))
}

function noticeOf({ file, message }: Note): string {
  return workflowCommand('notice', file === '-' ? {} : { file }, message)
}

/** GitHub reads percent-escapes: of line ends in the message, and of separators too in the properties. */
function workflowCommand(
  name: string,
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const escaped = Object.entries(properties).map(
    ([key, value]) => `${key}=${escapeLine(value).replaceAll(':', '%3A').replaceAll(',', '%2C')}`,
  )
  return `::${[name, escaped.join(',')].filter((part) => part !== '').join(' ')}::${escapeLine(message)}`
}

function escapeLine(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function summary(set: ManifestSet, faults: number): string {
  const {
    config,
    refused = [],
    services,
    nodes = [],
    namespaces = [],
    endpointSlices = [],
    secrets = [],
    ignored,
  } = set
  const faulty = refused.filter((ref) => !ref.startsWith('File '))
  const read = [config, services, nodes, namespaces, endpointSlices, secrets, faulty].flat().length
  const left = Object.entries(ignored).map(([what, count]) => `${count} ${what}`)
  const ignoring = left.length === 0 ? '' : `; not looked at: ${left.join(', ')}`
  return `${counted(faults, 'problem')} in ${counted(read, 'object')}${ignoring}`
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`
}
