/*
 * `npm run fuzz -- [--messages N] [--seed N] [--state FILE] [--case N]`: nearly right messages against every decoder. A
 * run that is interrupted goes on from its state file; a case of a report is run again by its number.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { bgpTargets } from './bgp-targets.ts'
import { advance, newCampaign, runCase, type Campaign } from './campaign.ts'
import { otherTargets } from './other-targets.ts'
import { reportOf } from './report.ts'

const targets = [...bgpTargets, ...otherTargets]
const batch = 5000

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
    state: { type: 'string' },
    case: { type: 'string' },
  },
})

if (values.case === undefined) {
  process.exitCode = campaign(number('messages', values.messages), number('seed', values.seed), values.state)
} else {
  again(number('case', values.case), number('seed', values.seed))
}

function campaign(messages: number, seed: number, state: string | undefined): number {
  const run = state !== undefined && existsSync(state) ? resumed(state, seed) : newCampaign(seed)
  const each = Math.ceil(messages / targets.length)
  const start = performance.now()
  while (run.next < each) {
    advance(run, targets, Math.min(batch, each - run.next))
    if (state !== undefined) writeFileSync(state, JSON.stringify(run))
    const done = run.next * targets.length
    process.stderr.write(
      `\rfuzz: ${done} of ${each * targets.length} messages, ${run.findings.length} findings`,
    )
  }
  process.stderr.write('\n')
  process.stdout.write(reportOf(run, (performance.now() - start) / 1000))
  if (state !== undefined) rmSync(state)
  return run.findings.length === 0 ? 0 : 1
}

function resumed(state: string, seed: number): Campaign {
  const run = JSON.parse(readFileSync(state, 'utf8')) as Campaign
  if (run.seed === seed) return run
  process.stderr.write(`fuzz: ${state} is of seed ${run.seed}, found --seed ${seed}\n`)
  process.exit(2)
}

function again(index: number, seed: number): void {
  for (const [position, target] of targets.entries()) {
    const account = { cases: 0, taken: 0, octets: 0, slowest: 0 }
    const finding = runCase(target, { position, index, seed }, account)
    console.log(
      `${target.name}: ${finding?.what ?? (account.taken === 1 ? 'taken' : 'refused')}, ${account.slowest} µs`,
    )
  }
}

function number(name: string, text: string): number {
  if (/^\d{1,12}$/.test(text) && Number(text) > 0) return Number(text)
  process.stderr.write(`fuzz: --${name}: found ${text}, allowed a whole number above 0\n`)
  process.exit(2)
}
